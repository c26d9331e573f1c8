"""How kernels that only other kernels call are compiled: as far as a caller needs them, which is not to machine code.

numba compiles every function three times over: its types, a module of LLVM that it optimises together with all that
the function calls, and machine code for it. Where a function is inlined anyway, the last is never run and the second
is done again by each caller, at every level of calls: for the roads, more than half of the time.
"""

from typing import Any, Literal

from numba._dynfunc import make_function  # type: ignore[import-not-found]  # written in C
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import register_pass
from numba.core.typed_passes import NativeLowering


class _Unfinished(JITCodeLibrary):
    """A function's module, to be linked into its callers'."""

    def _optimize_final_module(self) -> None:
        """Its callers' modules are optimised as a whole."""

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True


@register_pass(mutates_CFG=True, analysis_only=False)
class _InnerLowering(NativeLowering):
    _name = "inner_lowering"

    def run_pass(self, state: Any) -> Literal[True]:
        state.library = _Unfinished(state.targetctx.codegen(), state.func_id.func_qualname)
        state.flags.no_compile = True
        super().run_pass(state)
        result, library = state["cr"], state.library
        library._ensure_finalized()
        descriptor = result.fndesc
        # Callers know the function by this object, which nobody calls.
        key = make_function(
            descriptor.lookup_module(), descriptor.qualname, "for kernels alone", 0, result.env, (library,)
        )
        state.targetctx.insert_user_function(key, descriptor, [library])
        state["cr"] = result._replace(cfunc=key)
        return True


class InnerPipeline(CompilerBase):
    """numba's own, with another last stage."""

    def define_pipelines(self) -> list[Any]:
        """One of them."""
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state, "inner")
        passes._finalized = False
        passes.passes = [
            (_InnerLowering, note) if found is NativeLowering else (found, note) for found, note in passes.passes
        ]
        passes.finalize()
        return [passes]
