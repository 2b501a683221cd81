"""How ONNX networks run: on the processor, one thread a call, so that sessions do not crowd each other."""

from typing import Any

from models import memory


def cpu_session(network: bytes | str) -> Any:
    """An ONNX Runtime session of a model's bytes, or of the file at a path."""
    import onnxruntime

    memory.prepare()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # else sums of products in eight bits overflow on processors without an instruction for them
    options.add_session_config_entry("session.x64quantprecision", "1")
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
    # else it holds the bytes for life, beside the weights, in case it is asked for other providers
    session._model_bytes = None
    return session
