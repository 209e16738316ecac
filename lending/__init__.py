"""The rules of lending: everything that decides, prices and explains a loan."""

__version__ = "0.1.0"
