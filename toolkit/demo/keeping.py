"""What the demonstration leaves in its folder: incident, report, messages, checks, templates."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from toolkit.demo.watching import Watcher
from toolkit.lab.scenario import Scenario


def keep(
    scenario: Scenario,
    watcher: Watcher,
    folder: Path,
    *,
    story: dict[str, Any],
) -> list[str]:
    """Write everything; the names of what is there."""
    _write(folder / "incident.json", json.dumps(story["incident"], indent=2))
    kept = {key: story[key] for key in ("decision", "refused", "checks")}
    _write(folder / "checks.json", json.dumps(kept, indent=2))
    messages = folder / "messages"
    shutil.rmtree(messages, ignore_errors=True)
    messages.mkdir()
    for number, message in enumerate(watcher.messages, 1):
        kind = message.attributes.get("kind", "alarm")
        _write(messages / f"{number:02d}-{kind}.txt", f"Subject: {message.subject}\n\n{message.text}")
    evidence = folder / "evidence"
    shutil.rmtree(evidence, ignore_errors=True)
    s3, bucket = scenario.lab.client("s3"), scenario.outputs["EvidenceBucket"]
    for listed in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        body = s3.get_object(Bucket=bucket, Key=listed["Key"])["Body"].read()
        # Keys are Trailguard's own, but a key is no path until it is known to stay inside.
        place = (evidence / listed["Key"]).resolve()
        if not place.is_relative_to(evidence.resolve()):
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(body)
        if place.name == "report.md":
            _write(folder / "report.md", body.decode())
    return sorted(f"{path.name}/" if path.is_dir() else path.name for path in folder.iterdir())


def _write(path: Path, text: str) -> None:
    path.write_text(text + "\n", encoding="utf-8")
