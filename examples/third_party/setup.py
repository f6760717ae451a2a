"""The C++ kernel; everything else about the package is in pyproject.toml."""

from setuptools import setup
from torch.utils.cpp_extension import BuildExtension, CppExtension

setup(
    ext_modules=[CppExtension("rbfkit._kernel", ["src/rbfkit/kernel.cpp"], extra_compile_args=["-O2"])],
    # one small file: ninja would gain nothing, and need not be there
    cmdclass={"build_ext": BuildExtension.with_options(use_ninja=False, no_python_abi_suffix=True)},
)
