"""Many arrays as one argument of a kernel: a pointer to their addresses and shapes.

numba takes a NamedTuple of arrays apart at every call and hands on each pointer, length and stride by value. For
forty arrays that is four hundred numbers through every call and every inlined body: most of what the compiler does,
and most of what a short call costs. A bundle is one pointer, and a kernel loads what it uses.

    shared = bundle(state)  # state: a NamedTuple of arrays
    step_worlds(shared, ...)  # in the kernel: shared.actors[w, i].speed
"""

from functools import cached_property
from typing import Any
from zlib import crc32

import numba
import numpy as np
from numba.core import cgutils, types
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    NativeValue,
    infer_getattr,
    lower_getattr_generic,
    models,
    register_model,
    typeof_impl,
    unbox,
)

_HEAD = 2
"""Words of an array before its shape: the number of its elements and its address."""


class Bundle:
    """Arrays by name, and where they lie. They keep their place, shape and type as long as it lives.

    Raises:
        ValueError: an array that is not in C order: kernels count its elements in that order.
    """

    def __init__(self, arrays: Any) -> None:
        self._arrays = arrays
        for name, array in arrays._asdict().items():
            if not array.flags.c_contiguous:
                raise ValueError(f"Array {name!r} of a bundle is not in C order: {array.strides} for {array.shape}.")
        words = [word for array in arrays for word in (array.size, array.ctypes.data, *array.shape)]
        self._words = np.array(words, np.int64)
        self.address = self._words.ctypes.data

    @cached_property
    def _numba_type_(self) -> "BundleType":
        fields = tuple((name, numba.typeof(array)) for name, array in self._arrays._asdict().items())
        return BundleType(type(self._arrays).__name__, fields)

    def __getattr__(self, name: str) -> np.ndarray:
        return getattr(self._arrays, name)


def bundle(arrays: Any) -> Any:
    """The arrays of a NamedTuple as one argument for kernels; the NamedTuple itself where nothing is compiled."""
    return arrays if numba.config.DISABLE_JIT else Bundle(arrays)  # type: ignore[attr-defined]


def unbundled(arrays: Any) -> Any:
    """The NamedTuple that `bundle` was given."""
    return arrays._arrays if isinstance(arrays, Bundle) else arrays


class BundleType(types.Type):
    """Of bundles whose arrays have these names and types."""

    def __init__(self, kind: str, fields: tuple[tuple[str, types.Array], ...]) -> None:
        self.fields = fields
        # The name becomes a part of every symbol: short, or the linker has as much to read as the compiler.
        super().__init__(f"{kind}_{crc32(repr(fields).encode()):08x}")

    @property
    def key(self) -> tuple[tuple[str, types.Array], ...]:
        """What makes two types the same."""
        return self.fields

    @cached_property
    def places(self) -> dict[str, tuple[types.Array, int]]:
        """Type and first word of each array."""
        found, word = {}, 0
        for name, kind in self.fields:
            found[name] = kind, word
            word += _HEAD + kind.ndim
        return found


@typeof_impl.register(Bundle)
def _typeof_bundle(value: Bundle, _context: Any) -> BundleType:
    return value._numba_type_


register_model(BundleType)(models.OpaqueModel)


@unbox(BundleType)
def _unbox_bundle(kind: BundleType, value: Any, c: Any) -> NativeValue:
    address = c.pyapi.object_getattr_string(value, "address")
    pointer = c.pyapi.long_as_voidptr(address)
    c.pyapi.decref(address)
    return NativeValue(pointer, is_error=cgutils.is_not_null(c.builder, c.pyapi.err_occurred()))


@infer_getattr
class _ArrayOfBundle(AttributeTemplate):
    key = BundleType

    def generic_resolve(self, bundle: BundleType, name: str) -> types.Array | None:
        return bundle.places[name][0] if name in bundle.places else None


@lower_getattr_generic(BundleType)
def _load_array(context: Any, builder: Any, kind: BundleType, value: Any, name: str) -> Any:
    array_type, first = kind.places[name]
    words = builder.bitcast(value, cgutils.intp_t.as_pointer())
    unchanging = builder.module.add_metadata([])

    def word(k: int) -> Any:
        loaded = builder.load(builder.gep(words, [context.get_constant(types.intp, first + k)]))
        loaded.set_metadata("invariant.load", unchanging)
        return loaded

    array = context.make_array(array_type)(context, builder)
    size = context.get_abi_sizeof(context.get_data_type(array_type.dtype))
    array.itemsize = context.get_constant(types.intp, size)
    array.nitems = word(0)
    array.data = builder.inttoptr(word(1), array.data.type)
    shape = [word(_HEAD + k) for k in range(array_type.ndim)]
    stride, strides = array.itemsize, []
    for side in reversed(shape):
        strides.append(stride)
        stride = builder.mul(stride, side)
    array.shape = cgutils.pack_array(builder, shape, cgutils.intp_t)
    array.strides = cgutils.pack_array(builder, strides[::-1], cgutils.intp_t)
    array.meminfo = cgutils.get_null_value(array.meminfo.type)
    array.parent = cgutils.get_null_value(array.parent.type)
    return array._getvalue()
