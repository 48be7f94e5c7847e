"""The OpenAPI 3.1 document, made from what the routes declare about themselves."""

from api.openapi.document import openapi_document

__all__ = ["openapi_document"]
