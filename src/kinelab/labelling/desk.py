"""Where labels are kept while people work: loaded, changed, saved at once, never overwritten unseen."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kinelab.errors import InputError
from kinelab.files.atomic import sha256_of
from kinelab.keypoints.projects.labels import Labels, State, labels_path, load_labels, raters, save_labels
from kinelab.keypoints.projects.project import Project, chosen_frames, load_project
from kinelab.labelling.session import Session, marks_at

_N_SESSIONS = 64  # open pages whose undo is kept


@dataclass(frozen=True, eq=False)
class Opened:
    """A session and the version of the file it stands for; frame is the one that was changed last."""

    session: Session
    version: str
    frame: int | None = None


class ChangedElsewhereError(InputError):
    """The labels were changed since the page read them; `now` is what they are."""

    def __init__(self, now: Opened) -> None:
        super().__init__("these labels were changed in another window since this page read them")
        self.now = now


class Desk:
    """One rater's open label files of one project. Safe to use from several threads.

    A page is one tab of a browser; it says which version of the file it knows with every change, so that two
    of them cannot overwrite each other unseen; nor can two servers, but for the instant between the check and
    the writing. The version covers the landmarks too.
    """

    def __init__(self, folder: str | Path, rater: str, *, show_others: bool = False) -> None:
        self.folder = Path(folder)
        self.rater = rater
        self.show_others = show_others
        self._lock = threading.Lock()
        self._sessions: OrderedDict[tuple[str, str], Opened] = OrderedDict()
        # Tells projects apart, for pages that outlive a server.
        self.place = hashlib.sha256(str(self.folder.resolve()).encode()).hexdigest()[:12]
        labels_path(self.folder, rater, "any")  # a rater's name that leads elsewhere fails here
        self.project()

    def project(self) -> Project:
        """The project as its file says now: landmarks may have been renamed meanwhile."""
        return load_project(self.folder)

    def open(self, page: str, video: str) -> Opened:
        """The labels of a video, with this page's undo if the file is as it left it.

        Raises:
            FileFormatError: the label file is corrupt; it is left as it is.
            InputError: no such video.
        """
        with self._lock:
            return self._open(page, video, self.project())

    def change(
        self,
        page: str,
        video: str,
        version: str,
        act: Callable[[Session, Project], tuple[Session, int]],
    ) -> Opened:
        """Apply `act` to the labels and save them; when this returns they are on the disk.

        Raises:
            ChangedElsewhereError: the file is not `version` any more and `act` would change something.
            OutputError: the file cannot be written; the session is as it was.
        """
        with self._lock:
            project = self.project()
            now = self._open(page, video, project)
            try:
                session, frame = act(now.session, project)
            except InputError:
                if now.version != version:  # nothing left to undo: what there was lies in another file
                    raise ChangedElsewhereError(now) from None
                raise
            if session.labels is now.session.labels:
                return Opened(now.session, now.version, frame)
            if now.version != version:
                raise ChangedElsewhereError(now)
            save_labels(session.labels, self.folder)
            return self._keep(page, video, Opened(session, self._version(video, project), frame))

    def may_see_others(self, video: str) -> bool:
        """Whether other raters' labels may be shown: once one's own are complete, or when switched on."""
        return self.show_others or self.is_complete(video)

    def others(self, video: str) -> dict[str, Labels]:
        """Other raters' labels of a video; none while they may not be seen."""
        if not self.may_see_others(video):
            return {}
        project = self.project()
        return {
            name: load_labels(self.folder, project, name, video)
            for name in raters(self.folder)
            if name != self.rater and labels_path(self.folder, name, video).is_file()
        }

    def is_complete(self, video: str) -> bool:
        """Whether this rater has dealt with every landmark in every chosen frame of a video."""
        labels = load_labels(self.folder, self.project(), self.rater, video)
        frames = chosen_frames(self.folder, video)
        return bool(frames) and all(
            (marks_at(labels, frame).state != State.UNLABELLED).all() for frame in frames
        )

    def _open(self, page: str, video: str, project: Project) -> Opened:
        version = self._version(video, project)
        kept = self._sessions.get((page, video))
        if kept is not None and kept.version == version:
            return kept
        labels = load_labels(self.folder, project, self.rater, video)
        return self._keep(page, video, Opened(Session(labels), version))

    def _keep(self, page: str, video: str, opened: Opened) -> Opened:
        self._sessions[page, video] = opened
        self._sessions.move_to_end((page, video))
        while len(self._sessions) > _N_SESSIONS:
            self._sessions.popitem(last=False)
        return opened

    def _version(self, video: str, project: Project) -> str:
        path = labels_path(self.folder, self.rater, project.video(video).id)
        labels = sha256_of(path) if path.is_file() else "none"
        about = repr((self.place, self.rater, project.landmarks))
        return f"{hashlib.sha256(about.encode()).hexdigest()[:12]}-{labels}"
