"""Lists of codecs, and how Opus is sent."""

from __future__ import annotations

from voicecore.config.fields import Fields, described
from voicecore.media import g729
from voicecore.sdp.codecs import ALL, G729, Codec, by_label
from voicecore.sdp.opus import SAMPLE_RATES, OpusPolicy

WITHOUT_LIBRARY = "G729 needs libbcg729, which is not installed"
_NAMES = ", ".join(codec.label for codec in ALL)


def codecs_of(table: Fields, name: str, default: tuple[Codec, ...]) -> tuple[Codec, ...]:
    """A list of names, best first; the default where it is not there, or wrong."""
    codecs: dict[Codec, None] = {}
    for value in table.values(name, [codec.label for codec in default]):
        codec = by_label(value) if isinstance(value, str) else None
        if codec is None:
            table.fault(name, f"{described(value)} is no codec of ours", f"We have {_NAMES}")
        elif codec == G729 and not g729.is_installed():
            table.fault(name, WITHOUT_LIBRARY, g729.REMEDY)
        else:
            codecs[codec] = None
    if not codecs:
        table.fault(name, "names none", f"Name some of {_NAMES}, best first")
    return tuple(codecs) or default


def opus_of(table: Fields) -> OpusPolicy:
    usual = OpusPolicy()
    policy = OpusPolicy(
        table.integer("bit_rate", usual.bit_rate, 6000, 510_000),
        table.integer("complexity", usual.complexity, 0, 10),
        table.flag("fec", usual.fec),
        table.flag("dtx", usual.dtx),
        table.integer("sample_rate", usual.sample_rate, SAMPLE_RATES[0], SAMPLE_RATES[-1]),
    )
    if policy.sample_rate not in SAMPLE_RATES:
        rates = ", ".join(map(str, SAMPLE_RATES))
        table.fault("sample_rate", f"Opus has no {policy.sample_rate} Hz", f"Write one of {rates}")
    table.close()
    return policy
