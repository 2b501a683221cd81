"""The networks written down anew give what the wheel's own give."""

from typing import Any

import numpy as np
import onnxruntime
import pytest

from models.hearing import moonshine_network as network
from models.hearing.moonshine_network import HEADS, LAYERS, WIDTH, Weights, by_layer
from models.registry import packaged
from models.stage import SAMPLE_RATE
from tests.models.hearing.sounds import two_cities

FOLDER = packaged("moonshine_voice", "assets/tiny-en")
TOKENS = [1, 739, 471, 278, 1900, 310, 3064]


@pytest.fixture(scope="module")
def weights() -> tuple[Weights, Weights]:
    return Weights(FOLDER / "encoder_model.ort"), Weights(FOLDER / "decoder_model_merged.ort")


@pytest.fixture(scope="module")
def heard(weights: tuple[Weights, Weights]) -> dict[str, Any]:
    """The wheel's own encoder's frames of a sentence, and the keys and values of the new one."""
    sound = two_cities()[SAMPLE_RATE : 4 * SAMPLE_RATE][None]
    own = onnxruntime.InferenceSession(str(FOLDER / "encoder_model.ort"))
    frames = own.run(None, {"input_values": sound, "attention_mask": np.ones(sound.shape, np.int64)})[0]
    new = onnxruntime.InferenceSession(network.encoder(*weights))
    return {
        "frames": frames,
        "cross": dict(zip(by_layer("cross"), new.run(None, {"sound": sound}), strict=True)),
    }


def own_logits(frames: Any, tokens: list[int]) -> Any:
    """What the wheel's own decoder makes of the tokens in one pass."""
    session = onnxruntime.InferenceSession(str(FOLDER / "decoder_model_merged.ort"))
    past = [one.name for one in session.get_inputs() if one.name.startswith("past")]
    inputs = {
        "encoder_attention_mask": np.ones((1, 1), np.int64),
        "encoder_hidden_states": frames,
        "input_ids": np.array([tokens]),
        "use_cache_branch": np.array([False]),
        **dict.fromkeys(past, np.zeros((1, HEADS, 0, WIDTH // HEADS), np.float32)),
    }
    return session.run(["logits"], inputs)[0][0]


def step(session: Any, cross: Any, past: Any, tokens: list[int], position: int) -> tuple[Any, Any]:
    inputs = {"ids": np.array([tokens]), "position": np.array([position]), **past, **cross}
    logits, *present = session.run(["logits", *by_layer("present")], inputs)
    return logits[0], dict(zip(by_layer("past"), present, strict=True))


def empty() -> dict[str, Any]:
    return dict.fromkeys(by_layer("past"), np.zeros((1, HEADS, 0, WIDTH // HEADS), np.float32))


def test_one_pass_gives_the_logits_of_the_wheels_networks(
    weights: tuple[Weights, Weights], heard: dict[str, Any]
) -> None:
    session = onnxruntime.InferenceSession(network.decoder(weights[1]))
    logits, _ = step(session, heard["cross"], empty(), TOKENS, 0)
    own = own_logits(heard["frames"], TOKENS)
    assert logits.argmax(1).tolist() == own.argmax(1).tolist()
    # activations are rounded to 8 bits on the way, each network at its own places
    assert np.corrcoef(logits.ravel(), own.ravel())[0, 1] > 0.995


def test_token_by_token_chooses_as_one_pass_does(
    weights: tuple[Weights, Weights], heard: dict[str, Any]
) -> None:
    session = onnxruntime.InferenceSession(network.decoder(weights[1]))
    together, _ = step(session, heard["cross"], empty(), TOKENS, 0)
    past, chosen = empty(), []
    for position, token in enumerate(TOKENS):
        logits, past = step(session, heard["cross"], past, [token], position)
        chosen.append(int(logits[0].argmax()))
    assert chosen == together.argmax(1).tolist()
    assert past["past.0.key"].shape == (1, HEADS, len(TOKENS), WIDTH // HEADS)


def test_weights_are_signed_and_those_that_are_not_there_are_named(weights: tuple[Weights, Weights]) -> None:
    product = weights[1].product(f"/model/decoder/layers.{LAYERS - 1}/mlp/fc2/Add_output_0")
    assert product.weight.dtype == np.int8
    assert product.weight.shape == (4 * WIDTH, WIDTH)
    assert -128 <= product.zero <= 127
    assert product.bias is not None
    assert product.bias.shape == (WIDTH,)
    with pytest.raises(KeyError, match="no such product"):
        weights[1].product("no such product")
