"""A scripted model on the loopback interface, in the three APIs that the agents speak.

A script has threads, each a list of turns. A turn is the model's last word, or calls of tools. The
thread of a request is the first whose name is in its user's first texts, else `main`. After its
last turn a thread says "Done." for ever. A request without tools (a title, a summary) takes none.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple


class Late(NamedTuple):
    """The model's last word, a second after it was asked; when it is, it makes the file `flag`."""

    text: str
    flag: Path


Call = dict[str, Any]  # `tool`, `input`, and `namespace` where Codex wants one
Said = str | Sequence[Call]
Turn = Said | Late
Script = Mapping[str, Sequence[Turn]]
Object = dict[str, Any]

_USAGE = {
    "messages": {"input_tokens": 10, "output_tokens": 10},
    "responses": {"input_tokens": 10, "output_tokens": 10, "total_tokens": 20},
    "chat": {"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 20},
    "gemini": {"promptTokenCount": 10, "candidatesTokenCount": 10, "totalTokenCount": 20},
}


class Request(NamedTuple):
    """What an agent asked: the thread that answered, and every text in it."""

    thread: str
    text: str


class Model:
    """Answers requests by a script, and keeps them."""

    def __init__(self, script: Script) -> None:
        self.requests: list[Request] = []
        self._script = script
        self._at: dict[str, int] = {}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.model = self  # type: ignore[attr-defined]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it is, without a path."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()

    def turn(self, body: Object, asked: str, *, tools: bool) -> tuple[Said, int]:
        """Give the next turn and its number for a request whose user's first texts are `asked`."""
        with self._lock:
            named = (name for name in self._script if name != "main" and name in asked)
            thread = next(named, "main") if tools else ""
            self.requests.append(Request(thread, "\n".join(_texts(body))))
            number = len(self.requests)
            if not tools:
                return "ok", number
            at = self._at.get(thread, 0)
            self._at[thread] = at + 1
            turns = self._script.get(thread, ())
            turn = turns[at] if at < len(turns) else "Done."
        if isinstance(turn, Late):
            turn.flag.touch()
            time.sleep(1)
            return turn.text, number
        return turn, number


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._send_json({"data": [], "object": "list", "models": []})

    do_HEAD = do_GET  # noqa: N815

    def do_POST(self) -> None:
        body = self._body()
        path = self.path.partition("?")[0]
        for end, answer in _APIS.items():
            if path.endswith(end):
                answer(self, body)
                return
        self._send_json({"input_tokens": 10, "totalTokens": 10})  # counts, telemetry

    def as_messages(self, body: Object) -> None:
        """Anthropic's Messages API."""
        said = body.get("messages", [])[:1]
        turn, number = self._turn(body, said)
        blocks: list[Object] = [{"type": "text", "text": turn}]
        if not isinstance(turn, str):
            blocks = [
                {"type": "tool_use", "id": f"toolu_{number}_{i}", **_named(one, "input")}
                for i, one in enumerate(turn)
            ]
        head = {"id": f"msg_{number}", "type": "message", "role": "assistant"}
        message = {**head, "model": body.get("model"), "usage": _USAGE["messages"]}
        stop = "end_turn" if isinstance(turn, str) else "tool_use"
        if not body.get("stream"):
            self._send_json({**message, "content": blocks, "stop_reason": stop})
            return
        self._send_events(_message_events(message, blocks, stop), named=True)

    def as_responses(self, body: Object) -> None:
        """OpenAI's Responses API."""
        found = body.get("input", [])
        extra = [one for one in found if isinstance(one, dict) and "tools" in one.get("type", "")]
        turn, number = self._turn(body, found, tools=bool(body.get("tools") or extra))
        items = _response_items(turn, number)
        whole: Object = {"id": f"resp_{number}", "object": "response", "status": "completed"}
        whole |= {"model": body.get("model"), "output": items, "usage": _USAGE["responses"]}
        if not body.get("stream"):
            self._send_json(whole)
            return
        events: list[Object] = [{"type": "response.created", "response": {**whole, "output": []}}]
        for i, item in enumerate(items):
            for step in ("added", "done"):
                kind = f"response.output_item.{step}"
                events.append({"type": kind, "output_index": i, "item": item})
        events.append({"type": "response.completed", "response": whole})
        numbered = [{**one, "sequence_number": i} for i, one in enumerate(events)]
        self._send_events(numbered, named=True)

    def as_chat(self, body: Object) -> None:
        """OpenAI's Chat Completions API."""
        turn, number = self._turn(body, body.get("messages", []))
        message: Object = {"role": "assistant", "content": turn}
        if not isinstance(turn, str):
            calls = [
                {"index": i, "id": f"call_{number}_{i}", "type": "function", "function": _call(one)}
                for i, one in enumerate(turn)
            ]
            message = {"role": "assistant", "content": None, "tool_calls": calls}
        finish = "stop" if isinstance(turn, str) else "tool_calls"
        head = {"id": f"chatcmpl-{number}", "created": 1, "model": body.get("model")}
        if not body.get("stream"):
            choice = {"index": 0, "message": message, "finish_reason": finish}
            whole = {**head, "object": "chat.completion", "choices": [choice]}
            self._send_json({**whole, "usage": _USAGE["chat"]})
            return
        chunk = {**head, "object": "chat.completion.chunk"}
        first = {"index": 0, "delta": message, "finish_reason": None}
        last = {"index": 0, "delta": {}, "finish_reason": finish}
        events = [{**chunk, "choices": [first]}]
        events.append({**chunk, "choices": [last], "usage": _USAGE["chat"]})
        self._send_events(events, end="data: [DONE]\n\n")

    def as_gemini(self, body: Object) -> None:
        """Google's generateContent."""
        turn, number = self._turn(body, body.get("contents", []))
        wants_json = body.get("generationConfig", {}).get("responseMimeType") == "application/json"
        if isinstance(turn, str):
            parts: list[Object] = [{"text": "{}" if wants_json and turn == "ok" else turn}]
        else:
            calls = [_named(one, "args") for one in turn]
            parts = [{"functionCall": one, "thoughtSignature": "c2ln"} for one in calls]
        content = {"role": "model", "parts": parts}
        candidate = {"content": content, "finishReason": "STOP", "index": 0}
        answer = {"candidates": [candidate], "usageMetadata": _USAGE["gemini"]}
        answer |= {"modelVersion": "scripted", "responseId": f"r{number}"}
        if "streamGenerateContent" in self.path:
            self._send_events([answer])
        else:
            self._send_json(answer)

    def _turn(self, body: Object, said: object, *, tools: bool | None = None) -> tuple[Said, int]:
        offered = bool(body.get("tools")) if tools is None else tools
        model: Model = self.server.model  # type: ignore[attr-defined]
        return model.turn(body, "\n".join(_users_first(said)), tools=offered)

    def _body(self) -> Object:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            raw = b"".join(self._chunks())
        else:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            found = json.loads(raw or b"{}")
        except ValueError:
            found = None
        return found if isinstance(found, dict) else {}

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().strip() or b"0", 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _send_json(self, value: object) -> None:
        self._send("application/json", json.dumps(value))

    def _send_events(self, events: list[Object], *, named: bool = False, end: str = "") -> None:
        lines = [
            (f"event: {one['type']}\n" if named else "") + f"data: {json.dumps(one)}\n\n"
            for one in events
        ]
        self._send("text/event-stream", "".join(lines) + end)

    def _send(self, kind: str, text: str) -> None:
        data = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


_APIS = {
    "/v1/messages": _Handler.as_messages,
    "/responses": _Handler.as_responses,
    "/chat/completions": _Handler.as_chat,
    "enerateContent": _Handler.as_gemini,
}


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    inner = value.values() if isinstance(value, dict) else value
    for one in inner if isinstance(inner, list | type({}.values())) else ():
        yield from _texts(one)


def _users_first(said: object) -> Iterator[str]:
    """What the user says before the model's first answer; for a subagent of Codex, its task."""
    for one in said if isinstance(said, list) else []:
        if one.get("role") in ("assistant", "model") or "call" in one.get("type", ""):
            return
        if one.get("role") == "user" or one.get("type") == "agent_message":
            yield from _texts({key: value for key, value in one.items() if key != "role"})


def _named(one: Call, arguments: str) -> Object:
    return {"name": one["tool"], arguments: one["input"]}


def _call(one: Call) -> Object:
    return {"name": one["tool"], "arguments": json.dumps(one["input"])}


def _message_events(message: Object, blocks: list[Object], stop: str) -> list[Object]:
    start = {**message, "content": [], "stop_reason": None}
    events: list[Object] = [{"type": "message_start", "message": start}]
    for i, block in enumerate(blocks):
        empty: Object = {**block, "text": ""}
        delta: Object = {"type": "text_delta", "text": block.get("text")}
        if block["type"] == "tool_use":
            empty = {**block, "input": {}}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        events += [
            {"type": "content_block_start", "index": i, "content_block": empty},
            {"type": "content_block_delta", "index": i, "delta": delta},
            {"type": "content_block_stop", "index": i},
        ]
    ended = {"stop_reason": stop, "stop_sequence": None}
    events.append({"type": "message_delta", "delta": ended, "usage": {"output_tokens": 10}})
    return [*events, {"type": "message_stop"}]


def _response_items(turn: Said, number: int) -> list[Object]:
    if isinstance(turn, str):
        part = {"type": "output_text", "text": turn, "annotations": []}
        head = {"type": "message", "id": f"msg_{number}", "role": "assistant"}
        return [{**head, "status": "completed", "content": [part]}]
    items = []
    for i, one in enumerate(turn):
        head = {"id": f"fc_{number}_{i}", "call_id": f"call_{number}_{i}", "status": "completed"}
        head |= {key: one[key] for key in ("namespace",) if key in one}
        if isinstance(one["input"], str):  # a free-form tool: apply_patch
            items.append({**head, "type": "custom_tool_call", **_named(one, "input")})
        else:
            items.append({**head, "type": "function_call", **_call(one)})
    return items
