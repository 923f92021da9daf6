"""Asking the interface as a program would."""

from leadline.web import api


def get(client, path, status=200, **query):
    answer = client.get(f"{api.PREFIX}/{path}", params=query or None)
    assert answer.status_code == status, answer.text
    return answer.json()


def every(client, path, limit=7, **query):
    """Give all items of a list, following the pages to the last."""
    address, params, found = f"{api.PREFIX}/{path}", {"limit": limit} | query, []
    while address:
        answer = client.get(address, params=params)
        assert answer.status_code == 200, answer.text
        said = answer.json()
        assert len(said["items"]) <= limit
        found += said["items"]
        link = f'<{said["next"]}>; rel="next"' if said["next"] else None
        assert answer.headers.get("link") == link
        address, params = said["next"], None
    return found
