"""Static files with their content's hash in the name, compressed once, at a price that a first start can pay."""

from __future__ import annotations

from typing import Any

import brotli
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

# The best quality takes ten times as long as this for a few percent.
_QUALITY = 9


class QuickCompressor(Compressor):  # type: ignore[misc]
    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        return bytes(brotli.compress(data, quality=_QUALITY))


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    # Without rewriting references to source maps: we leave those out.
    patterns = tuple(
        (kind, tuple(one for one in wanted if "sourceMappingURL" not in str(one)))
        for kind, wanted in CompressedManifestStaticFilesStorage.patterns
    )

    def create_compressor(self, **options: Any) -> QuickCompressor:
        return QuickCompressor(**options)
