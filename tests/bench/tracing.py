"""What a browser's threads were busy with, from its own trace."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

#: Name of the sum: the thread, and the events that count (None: all of the thread's tasks).
BUSY: dict[str, tuple[str, tuple[str, ...] | None]] = {
    "main thread": ("CrRendererMain", None),
    "running scripts": ("CrRendererMain", ("FunctionCall", "EvaluateScript", "v8.evaluateModule")),
    "compiling scripts": ("CrRendererMain", ("v8.compile", "v8.compileModule", "V8.CompileCode")),
    "parsing in background": ("ThreadPoolForegroundWorker", ("v8.parseOnBackground",)),
    "layout and style": ("CrRendererMain", ("Layout", "UpdateLayoutTree", "PrePaint", "Paint")),
    "waiting for the GPU process": (
        "CrRendererMain",
        ("CommandBufferHelper::Finish", "CommandBufferProxyImpl::Initialize"),
    ),
    "GPU process, main": ("CrGpuMain", None),
    "of it WebGL": ("CrGpuMain", ("WebGL",)),
    "shader work": ("ThreadPoolForegroundWorker", ("ANGLEPlatformImpl::RunWorkerTask",)),
}
_TASK = "ThreadControllerImpl::RunTask"


def busy_seconds(file: Path) -> dict[str, float]:
    """Seconds for each of `BUSY`, summed over threads; events within events of the same sum count once."""
    events: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["traceEvents"]
    threads = {(e["pid"], e["tid"]): str(e["args"]["name"]) for e in events if e.get("name") == "thread_name"}
    spans: dict[str, dict[tuple[int, int], list[tuple[float, float]]]] = {
        key: defaultdict(list) for key in BUSY
    }
    for event in events:
        if event.get("ph") != "X":
            continue
        where = (event["pid"], event["tid"])
        thread = threads.get(where, "")
        for key, (wanted, names) in BUSY.items():
            if thread == wanted and event["name"] in (names or (_TASK,)):
                spans[key][where].append((event["ts"], event["ts"] + event.get("dur", 0)))
    return {key: sum(_covered(s) for s in by_thread.values()) / 1e6 for key, by_thread in spans.items()}


def _covered(spans: list[tuple[float, float]]) -> float:
    total, end = 0.0, float("-inf")
    for start, stop in sorted(spans):
        total += max(0.0, stop - max(start, end))
        end = max(end, stop)
    return total
