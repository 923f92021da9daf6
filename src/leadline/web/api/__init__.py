"""What the store holds, as JSON for programs: read only, paged, described by OpenAPI."""

from leadline.web.api.application import application, description
from leadline.web.api.serving import PREFIX

__all__ = ["PREFIX", "application", "description"]
