"""Every page, a module a subject; importing them registers them."""

from leadline.web.views import claims

__all__ = ["claims"]
