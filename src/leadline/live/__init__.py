"""What becomes of a claim after publication, day by day, by rules fixed beforehand."""
