"""A Gaussian kernel in C++, and a smoother made of it.

Nothing here speaks of transforms: what oplift is told stands in gaussian.yaml and plugin.py.
"""

from rbfkit.gaussian import gaussian
from rbfkit.smoother import Smoother

__all__ = ["Smoother", "gaussian"]
