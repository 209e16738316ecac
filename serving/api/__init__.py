"""The REST interface for machines: FastAPI over the same functions as the pages."""
