"""Running a model from its package folder: all of training that serving may import."""

from training.servable.package import load
from training.servable.protocol import ServableModel

__all__ = ["ServableModel", "load"]
