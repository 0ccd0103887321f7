"""Tiny tokenizers with the special tokens of the families, built here and downloaded nowhere."""

from __future__ import annotations

from pathlib import Path

from sentencepiece import sentencepiece_model_pb2 as pieces
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from tests.tiny.templates import CHATML_TYPED, GEMMA

QWEN_SPECIALS = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
_GEMMA_SPECIALS = (
    "<start_of_turn>",
    "<end_of_turn>",
    "<start_of_image>",
    "<end_of_image>",
    "<image_soft_token>",
)
_LETTERS = "▁\n" + "".join(map(chr, range(33, 127)))
_MERGES = ("t h", "th e", "i s", "p i", "c t", "Ġ the", "Ġ is")


def qwen(folder: Path) -> PreTrainedTokenizerFast:
    """Byte-level BPE."""
    merges = [(first, second) for first, second in map(str.split, _MERGES)]
    words = [*sorted(pre_tokenizers.ByteLevel.alphabet()), *(a + b for a, b in merges)]
    tokenizer = Tokenizer(models.BPE({word: i for i, word in enumerate(words)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(_added(QWEN_SPECIALS))
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>"
    )
    return _saved(fast, CHATML_TYPED, folder)


def gemma(folder: Path) -> PreTrainedTokenizerFast:
    """SentencePiece with byte fallback; ``tokenizer.model`` is what the converter reads."""
    kinds = pieces.ModelProto.SentencePiece
    table = [(text, kinds.CONTROL) for text in ("<pad>", "<eos>", "<bos>")]
    table += [("<unk>", kinds.UNKNOWN)]
    table += [(text, kinds.CONTROL) for text in _GEMMA_SPECIALS]
    table += [(f"<0x{byte:02X}>", kinds.BYTE) for byte in range(256)]
    table += [(letter, kinds.NORMAL) for letter in _LETTERS]
    _write_model(table, folder / "tokenizer.model")
    vocabulary = {text: i for i, (text, _) in enumerate(table)}
    tokenizer = Tokenizer(models.BPE(vocabulary, [], unk_token="<unk>", byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.add_special_tokens(_added(("<pad>", "<eos>", "<bos>", "<unk>", *_GEMMA_SPECIALS)))
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<bos>",
        eos_token="<eos>",
        pad_token="<pad>",
        unk_token="<unk>",
        add_bos_token=True,
    )
    return _saved(fast, GEMMA, folder)


def _write_model(table: list[tuple[str, int]], path: Path) -> None:
    proto = pieces.ModelProto()
    for rank, (text, kind) in enumerate(table):
        proto.pieces.add(piece=text, score=-float(rank), type=kind)
    trainer = proto.trainer_spec
    trainer.model_type = trainer.BPE
    trainer.byte_fallback = True
    trainer.pad_id, trainer.eos_id, trainer.bos_id, trainer.unk_id = range(4)
    proto.normalizer_spec.add_dummy_prefix = False
    proto.normalizer_spec.remove_extra_whitespaces = False
    path.write_bytes(proto.SerializeToString())


def _added(texts: tuple[str, ...]) -> list[AddedToken]:
    return [AddedToken(text, special=True, normalized=False) for text in texts]


def _saved(
    tokenizer: PreTrainedTokenizerFast, template: str, folder: Path
) -> PreTrainedTokenizerFast:
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder)
    return tokenizer
