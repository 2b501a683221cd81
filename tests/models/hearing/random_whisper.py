"""A CTranslate2 Whisper model of tiny's shape whose weights are random: real files, words without meaning."""

import itertools
from pathlib import Path

import numpy as np
from ctranslate2.specs import common_spec
from ctranslate2.specs.model_spec import LayerSpec
from ctranslate2.specs.whisper_spec import WhisperSpec
from faster_whisper.tokenizer import _LANGUAGE_CODES as LANGUAGES
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

LAYERS, HEADS, WIDTH, MELS = 4, 6, 384, 80
TEXT_TOKENS = 50_256
SPECIAL = (
    *("<|endoftext|>", "<|startoftranscript|>"),
    *(f"<|{language}|>" for language in LANGUAGES[:99]),
    *(
        "<|translate|>",
        "<|transcribe|>",
        "<|startoflm|>",
        "<|startofprev|>",
        "<|nospeech|>",
        "<|notimestamps|>",
    ),
)
TIMES = tuple(f"<|{number * 0.02:.2f}|>" for number in range(1501))


def vocabulary(multilingual: bool) -> list[str]:
    """As many tokens as tiny.en has, pronounceable, each beginning a word; tiny has an empty one too."""
    syllables = ["".join(pair) for pair in itertools.product("bcdfghjklmnpqrstvwxz", "aeiou")]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = ("Ġ" + "".join(three) for three in itertools.product(syllables, repeat=3))
    text = [*letters, *itertools.islice(made, TEXT_TOKENS - len(letters))]
    return [*text, *([""] if multilingual else []), *SPECIAL, *TIMES]


def fill(spec: WhisperSpec, size: int) -> None:
    """Random weights for every layer."""
    random = np.random.default_rng(0)

    def weights(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return random.normal(0, 0.05, shape).astype(np.float32)

    def norm(layer: common_spec.LayerNormSpec) -> None:
        layer.gamma, layer.beta = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)

    def linear(layer: common_spec.LinearSpec, to: int, of: int) -> None:
        layer.weight, layer.bias = weights(to, of), np.zeros(to, np.float32)

    def attention(layer: LayerSpec, shapes: list[int]) -> None:
        norm(layer.layer_norm)
        for part, to in zip(layer.linear, shapes, strict=True):
            linear(part, to, WIDTH)

    def feed_forward(layer: LayerSpec) -> None:
        norm(layer.layer_norm)
        linear(layer.linear_0, 4 * WIDTH, WIDTH)
        linear(layer.linear_1, WIDTH, 4 * WIDTH)

    encoder, decoder = spec.encoder, spec.decoder
    encoder.conv1.weight, encoder.conv1.bias = weights(WIDTH, MELS, 3), np.zeros(WIDTH, np.float32)
    encoder.conv2.weight, encoder.conv2.bias = weights(WIDTH, WIDTH, 3), np.zeros(WIDTH, np.float32)
    encoder.position_encodings.encodings = weights(1500, WIDTH)
    decoder.position_encodings.encodings = weights(448, WIDTH)
    decoder.embeddings.weight = weights(size, WIDTH)
    decoder.projection.weight = decoder.embeddings.weight
    norm(encoder.layer_norm)
    norm(decoder.layer_norm)
    for layer in (*encoder.layer, *decoder.layer):
        attention(layer.self_attention, [3 * WIDTH, WIDTH])
        feed_forward(layer.ffn)
    for layer in decoder.layer:
        attention(layer.attention, [WIDTH, 2 * WIDTH, WIDTH])


def build(folder: Path, multilingual: bool = False) -> Path:
    """Write the model as a converter would."""
    tokens = vocabulary(multilingual)
    text = TEXT_TOKENS + multilingual
    spec = WhisperSpec(LAYERS, HEADS, LAYERS, HEADS)
    fill(spec, len(tokens))
    spec.register_vocabulary(tokens)
    spec.config.suppress_ids = [text + 1]
    spec.config.suppress_ids_begin = [text]
    spec.config.lang_ids = list(range(text + 2, text + 101))
    spec.config.alignment_heads = [[layer, head] for layer in (2, 3) for head in range(HEADS)]
    spec.validate()
    spec.optimize(quantization="int8")
    folder.mkdir()
    spec.save(str(folder))
    tokenizer = Tokenizer(models.BPE({token: number for number, token in enumerate(tokens)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in SPECIAL])
    tokenizer.add_tokens([AddedToken(token) for token in TIMES])
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder
