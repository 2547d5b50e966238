"""One session's upload: its files with their diagnoses and answers, the trial, and the load that happens once."""

import dataclasses
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dashboard import jobs
from dashboard.jobs import Job
from dashboard.upload import files, stage
from dashboard.upload.answers import About, Answers, stated_district, suggested_answers
from dashboard.upload.describe import Described, catalogue_text, checked_catalogue, layer_keys
from dashboard.words import Words
from loaders.commit import RunResult
from loaders.diagnosis import Diagnosis
from loaders.errors import AtlasError
from store.engine import Store


class TurnedAway(AtlasError):
    """An upload that this page turns away, in the page's own words."""

    def say(self, lang: str = "zh") -> str:
        """The sentence in a language."""
        return Words(lang).say(self.code, **self.params)


@dataclass
class UploadedFile:
    """One file: how it is shown, where it lies, its diagnosis (a job), and the answers once there is one."""

    number: int
    shown: str
    path: Path
    size: int
    job: Job
    answers: Answers | None = None

    @property
    def found(self) -> Diagnosis | None:
        """The diagnosis, once the job is done."""
        return self.job.result if self.job.state == "done" else None


@dataclass
class Batch:
    """The files of one upload. Methods are called from the page's script; jobs run in other threads."""

    store: Store
    folder: Path
    uploads: dict[int, UploadedFile] = field(default_factory=dict)
    #: The browser's ids of files that were taken already.
    taken: set[str] = field(default_factory=set)
    #: Files that were turned away at the door, with the reason.
    refused: list[AtlasError] = field(default_factory=list)
    about: About = field(default_factory=About)
    trial: Job | None = None
    tried_as: str = ""
    load: Job | None = None
    _next: int = 1
    _once: threading.Lock = field(default_factory=threading.Lock)

    def add(self, uploads: Sequence[tuple[str, bytes]]) -> None:
        """Keep new files and begin their diagnosis."""
        self.refused = []
        for group in files.grouped([name for name, _ in uploads]):
            parts = [uploads[i] for i in group]
            number, self._next = self._next, self._next + 1
            try:
                if len(self.uploads) >= files.MOST_FILES:
                    raise TurnedAway(
                        "data.too_many_files", most=files.MOST_FILES, file=files.shown_name(parts[0][0])
                    )
                path = files.keep(self.folder, number, parts)
            except AtlasError as fault:
                self.refused.append(fault)
                continue
            shown = files.shown_name(parts[0][0])
            job = self._examine(path, shown)
            size = sum(len(data) for _, data in parts)
            self.uploads[number] = UploadedFile(number, shown, path, size, job)

    def _examine(self, path: Path, shown: str, layer: str | None = None) -> Job:
        store = self.store
        return jobs.start(lambda job: stage.examined(store, str(path), shown, job, layer=layer))

    def read_layer(self, number: int, layer: str) -> None:
        """Read another layer or sheet of a file; its answers start anew."""
        file = self.uploads[number]
        file.job.stop()
        file.job, file.answers = self._examine(file.path, file.shown, layer), None

    def read_coordinates(self, number: int, x: str | None, y: str | None) -> None:
        """Take other columns as coordinates; the answers stay."""
        file = self.uploads[number]
        found = file.found
        if found is None:
            return
        store, raw = self.store, found.raw
        file.job = jobs.start(lambda job: stage.judged(store, raw, job, x=x, y=y))

    def drop(self, number: int) -> None:
        """Take a file out of the upload."""
        file = self.uploads.pop(number, None)
        if file is not None:
            file.job.stop()
            for part in self.folder.glob(f"{number}.*"):
                part.unlink(missing_ok=True)

    def answer(self, number: int) -> Answers | None:
        """The answers of a file, begun from the doctor's suggestions once its diagnosis is there."""
        file = self.uploads[number]
        if file.answers is None and file.found is not None:
            file.answers = suggested_answers(file.found)
            self.about.title = self.about.title or file.shown.split(".")[0]
            if self.about.district_code is None:
                self.about.district_code = stated_district([file.found])
        return file.answers

    def described(self) -> list[Described]:
        """The files that are to be loaded and are ready, with their answers."""
        out = []
        for file in self.uploads.values():
            answers = self.answer(file.number)
            if file.found is not None and answers is not None and answers.is_included:
                out.append(Described(file.number, file.shown, file.found, answers))
        return out

    @property
    def is_reading(self) -> bool:
        """Whether a file is still being read or judged."""
        return any(f.job.is_active for f in self.uploads.values())

    @property
    def is_busy(self) -> bool:
        """Whether anything of this upload is under way."""
        return self.is_reading or any(j is not None and j.is_active for j in (self.trial, self.load))

    def fingerprint(self) -> str:
        """What the answers say now; a trial counts only while they stay."""
        return json.dumps(
            [
                dataclasses.asdict(self.about),
                [[d.number, id(d.found), dataclasses.asdict(d.answers)] for d in self.described()],
            ],
            sort_keys=True,
        )

    @property
    def fresh_trial(self) -> Job | None:
        """The trial of the answers as they are now, running or ended; None where there is none."""
        return self.trial if self.trial is not None and self.tried_as == self.fingerprint() else None

    def begin_trial(self) -> None:
        """Try the upload out. Raises CatalogueError where the answers describe something impossible."""
        with self._once:
            if self.is_busy or self.load is not None:
                return
            described = self.described()
            catalogue = checked_catalogue(described, self.about)
            tables = {key: file.found.raw for key, file in layer_keys(described)}
            store = self.store
            self.tried_as = self.fingerprint()
            self.trial = jobs.start(lambda job: stage.tried(store, catalogue, tables, job))

    def begin_load(self, actor: str) -> None:
        """Load what was tried, once: a second call while or after it loads does nothing."""
        with self._once:
            trial = self.fresh_trial
            if self.load is not None or trial is None or trial.state != "done":
                return
            tables = {key: file.found.raw for key, file in layer_keys(self.described())}
            store, result = self.store, trial.result

            def work(job: Job) -> RunResult:
                done = stage.loaded(store, result, tables, actor, job)
                files.remove(self.folder)  # what is in the store needs no second copy
                return done

            self.load = jobs.start(work)

    @property
    def loaded(self) -> RunResult | None:
        """The finished run, if it was loaded."""
        return self.load.result if self.load is not None and self.load.state == "done" else None

    def after_failed_load(self) -> None:
        """Allow another attempt after a load that failed or was stopped: nothing of it was written."""
        with self._once:
            if self.load is not None and self.load.state in ("failed", "stopped"):
                self.load = None

    def catalogue_toml(self) -> str:
        """The description of the upload for the command line."""
        return catalogue_text(self.described(), self.about)

    def close(self) -> None:
        """Stop what runs and remove the files."""
        for file in self.uploads.values():
            file.job.stop()
        for job in (self.trial, self.load):
            if job is not None:
                job.stop()
        files.remove(self.folder)
