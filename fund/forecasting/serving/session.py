"""ONNX Runtime as a desk wants it: one thread, no spinning, and an error that can be understood."""

from typing import TYPE_CHECKING

from fund.errors import DataError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


def one_thread_session(graph: bytes, what: str) -> "InferenceSession":
    """Open a graph; `DataError` naming `what` when it is none that can run."""
    import onnxruntime
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except (
        state.Fail,
        state.InvalidGraph,
        state.InvalidArgument,
        state.InvalidProtobuf,
        state.NotImplemented,
        state.RuntimeException,
    ) as error:
        raise DataError(
            f"expected a graph that runs for {what}, found {str(error)!r}; train again"
        ) from error
