"""The description of the API, for programs and for people. Public: it names no client."""

from __future__ import annotations

from django.views.generic import TemplateView
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView


@extend_schema(exclude=True)
class SchemaView(SpectacularAPIView):
    authentication_classes = ()
    permission_classes = ()
    renderer_classes = [OpenApiJsonRenderer, OpenApiYamlRenderer]


class DocsView(TemplateView):
    """Swagger from our own files; the page's script is a file too, so that the strict policy holds."""

    template_name = "api/docs.html"
