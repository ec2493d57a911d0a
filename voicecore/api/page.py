"""The built page at `/`; where it is not built, a page in words that says how to build it."""

from __future__ import annotations

import re
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from voicecore.api.problem import Kind, Problem

FOR_EVER = "public, max-age=31536000, immutable"
ASK_EACH_TIME = "no-cache"

_hashed = re.compile(r"(^|/)assets/.*[.-][A-Za-z0-9_-]{8,}\.[a-z0-9]+$").search
"""Names that change with their content, as the builder makes them."""

NOT_BUILT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>VoiceCore</title>
<style>body { font: 1.1em/1.5 sans-serif; max-width: 40em; margin: 3em auto; padding: 0 1em }</style>
<main>
<h1>VoiceCore</h1>
<p>The server runs and answers calls. This page is not built yet: install Node 20 or newer, then run
<code>make run</code> again. All else works without it.</p>
<h2 lang="zh-Hans">网页尚未生成</h2>
<p lang="zh-Hans">服务器正在运行，可以接听电话。请安装 Node 20 或更高版本，然后重新运行 <code>make run</code>。
其他功能不受影响。</p>
<h2 lang="zh-Hant">網頁尚未產生</h2>
<p lang="zh-Hant">伺服器正在執行，可以接聽電話。請安裝 Node 20 或更高版本，然後重新執行 <code>make run</code>。
其他功能不受影響。</p>
</main>
</html>
"""


class Page:
    """Serves the folder `dist` as it is now; it may be built anew meanwhile."""

    def __init__(self, dist: Path) -> None:
        self._index = dist / "index.html"
        self._files = GZipMiddleware(_Files(directory=dist, html=True, check_dir=False), minimum_size=1024)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise Problem(404, Kind.NOT_FOUND, "The events are at /api/v1/events.")
        if scope["method"] not in ("GET", "HEAD"):
            raise Problem(405, Kind.NO_SUCH_METHOD, "Only GET and HEAD.", {"Allow": "GET, HEAD"})
        if self._index.is_file():
            try:
                await self._files(scope, receive, send)
            except HTTPException as error:
                raise Problem(404, Kind.NOT_FOUND, "There is no such page.") from error
            return
        if scope["path"] != "/":
            raise Problem(404, Kind.NOT_FOUND, "There is no such page.")
        await HTMLResponse(NOT_BUILT, headers={"Cache-Control": ASK_EACH_TIME})(scope, receive, send)


class _Files(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        kept = FOR_EVER if response.status_code in (200, 206, 304) and _hashed(path) else ASK_EACH_TIME
        response.headers["Cache-Control"] = kept
        return response
