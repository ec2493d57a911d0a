"""Which text stands for a prompt in a language: the manifest with its fall-backs. No sound, no disk."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence

from voicecore.errors import Unavailable, UsageError
from voicecore.speech.language.kinds import Value
from voicecore.speech.language.tag import canonical, lookup
from voicecore.speech.manifest import Manifest
from voicecore.speech.piece import Piece, Source, fixed_pieces_of, pieces_of
from voicecore.speech.template import parse_template


class Texts:
    """The prompts of a manifest as texts.

    For a language that has none stand in its shorter tags (zh for zh-TW), then `default_language`.
    """

    def __init__(self, manifest: Manifest, default_language: str = "en") -> None:
        self._manifest = manifest
        self._default_language = canonical(default_language)
        self._by_language: dict[str, dict[str, str]] = {}
        for name, texts in manifest.items():
            for tag, text in texts.items():
                self._by_language.setdefault(tag, {})[name] = text

    def names(self) -> list[str]:
        """Every prompt's name, sorted."""
        return sorted(self._manifest)

    def languages(self) -> list[str]:
        """Every language that has a text, sorted."""
        return sorted(self._by_language)

    def of(self, name: str) -> Mapping[str, str]:
        """A prompt's texts by language. UsageError for an unknown name, with names that are near."""
        try:
            return self._manifest[name]
        except KeyError:
            near = difflib.get_close_matches(name, self._manifest, n=3)
            hint = f"; did you mean {', '.join(near)}?" if near else ""
            raise UsageError(f"there is no prompt {name!r}{hint}") from None

    def text(self, name: str, language: str) -> str:
        """The text that stands for the language. UsageError for an unknown name, or where none is left."""
        texts = self.of(name)
        for tag in self._fallbacks(language):
            if tag in texts:
                return texts[tag]
        raise UsageError(f"prompt {name!r} has no text in {language} nor in {self._default_language}")

    def versions(self, name: str, values: Mapping[str, Value], language: str) -> Iterator[list[Piece]]:
        """The prompt filled, in the language and then in each that stands in for it.

        A language without a text gives a piece that only a recording can play. Raises UsageError for an unknown name
        and for values that do not fit; languages without rules are left out.
        """
        texts = self.of(name)
        for tag in self._fallbacks(language):
            if tag in texts:
                try:
                    yield pieces_of(parse_template(texts[tag]), values, self._source(tag, name))
                except Unavailable:
                    continue
            elif not values:
                yield [Piece(tag, "", name)]

    def filled(self, text: str, values: Mapping[str, Value], language: str) -> list[Piece]:
        """A text of the flow's own, in the language. Raises as `pieces_of` does."""
        return pieces_of(parse_template(text), values, self._source(canonical(language)))

    def fixed(self, name: str, language: str) -> list[Piece]:
        """What can be made of a prompt before a call, in that language alone."""
        tag = canonical(language)
        text = self.of(name).get(tag)
        if text is None:
            return [Piece(tag, "", name)]
        return fixed_pieces_of(parse_template(text), self._source(tag, name))

    def tags(self, languages: Sequence[str] | None) -> list[str]:
        """The given languages as the manifest writes them, or all that it knows."""
        return self.languages() if languages is None else [canonical(language) for language in languages]

    def _source(self, tag: str, name: str = "") -> Source:
        nearest = next((each for each in lookup(tag) if each in self._by_language), tag)
        return Source(tag, name, self._by_language.get(nearest, {}))

    def _fallbacks(self, language: str) -> Iterator[str]:
        return iter(dict.fromkeys([*lookup(language), self._default_language]))
