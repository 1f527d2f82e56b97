"""What a disk may hold after the power is cut: a model of POSIX at its least.

- The bytes of a file are certain as of the last fsync or fdatasync of it that was done.
  `sync_file_range` makes nothing certain: it writes neither metadata nor the disk's cache out.
- A name in a folder (made, linked, renamed, removed) is certain once the folder was synced.
- What is not certain may be there, wholly, in part, or not at all: sectors of new bytes beside
  sectors of old ones, zeros in a file whose size was written and its bytes weren't, a rename
  without the bytes of what was renamed.
- A sync that failed makes nothing certain, and later ones don't either for what it should have
  synced: the kernel has marked those pages clean.

File systems in use promise more (most write names in their order). Whoever relies on no more
than this is safe on all of them.
"""

import hashlib
import pathlib

SECTOR = 512


class File:
    """A file, whatever its names."""

    def __init__(self, content=b""):
        self.certain = bytes(content)
        #: What was written since the last sync: (time, offset or None, bytes or new size).
        self.pending = []
        #: What a sync failed for: it may be there, and no later sync makes it certain.
        self.doomed = []

    def written(self, time, offset, data):
        end = offset + len(data)
        self.doomed = [old for old in self.doomed if old[1] is None or old[1] >= end or offset >= old[1] + len(old[2])]
        self.pending.append((time, offset, data))

    def sized(self, time, size):
        self.pending.append((time, None, size))

    def synced(self):
        self.certain = after(self.certain, self.pending)
        self.pending = []

    def sync_failed(self):
        self.doomed += self.pending
        self.pending = []

    def uncertain(self):
        return sorted(self.doomed + self.pending, key=lambda change: change[0])

    def now(self):
        return after(self.certain, self.uncertain())


def after(content, changes):
    """The bytes of a file when these changes were made to it."""
    if not changes:
        return content
    content = bytearray(content)
    for _, offset, data in changes:
        if offset is None:
            content[data:] = bytes(max(0, data - len(content)))
        else:
            content[len(content):] = bytes(max(0, offset - len(content)))
            content[offset:offset + len(data)] = data
    return bytes(content)


class Folder:
    """A folder: names of files and folders."""

    def __init__(self):
        self.certain, self.now = {}, {}
        #: What was done to it since the last sync: (time, names removed, names given).
        self.pending = []

    def change(self, time, removed=(), given=None):
        self.pending.append((time, tuple(removed), dict(given or {})))
        self.now = renamed(self.now, self.pending[-1:])

    def synced(self):
        self.certain, self.pending = dict(self.now), []


def renamed(names, changes):
    names = dict(names)
    for _, removed, given in changes:
        for name in removed:
            names.pop(name, None)
        names.update(given)
    return names


class Disk:
    """Everything below a folder, all of it certain at first; then call after call."""

    def __init__(self, root):
        #: The nodes by the inodes that the log tells.
        self.nodes = {}
        self.time = 0
        self.root = self._found(pathlib.Path(root))

    def _found(self, path):
        known = self.nodes.get(path.stat().st_ino)
        if known is not None:
            return known
        if path.is_dir():
            node = Folder()
            node.certain = {child.name: self._found(child) for child in sorted(path.iterdir())}
            node.now = dict(node.certain)
        else:
            node = File(path.read_bytes())
        self.nodes[path.stat().st_ino] = node
        return node

    def _place(self, path):
        """The folder that a path is in, and its name there."""
        *folders, name = path.split("/")
        node = self.root
        for folder in folders:
            node = node.now[folder]
        return node, name

    def at(self, path):
        node, name = self._place(path)
        return node if name == "." else node.now[name]

    def step(self, step):
        """Follows one call."""
        self.time += 1
        if step.name in ("fsync", "fdatasync"):
            node = self.nodes.get(step.inode)
            if node is None:
                node = self.at(step.path)
            if step.done:
                node.synced()
            elif isinstance(node, File) and step.deed == "fail-before":
                node.sync_failed()
            return
        if not step.done:
            return
        getattr(self, "_" + step.name)(step)

    def _open(self, step):
        if step.made:
            folder, name = self._place(step.path)
            self.nodes[step.inode] = File()
            folder.change(self.time, given={name: self.nodes[step.inode]})
        elif step.offset == 0:
            self.nodes[step.inode].sized(self.time, 0)

    def _mkdir(self, step):
        folder, name = self._place(step.path)
        self.nodes[step.inode] = Folder()
        folder.change(self.time, given={name: self.nodes[step.inode]})

    def _write(self, step):
        if step.data:
            self.nodes[step.inode].written(self.time, step.offset, step.data)

    def _truncate(self, step):
        self.nodes[step.inode].sized(self.time, step.offset)

    def _fallocate(self, step):
        node = self.nodes[step.inode]
        node.sized(self.time, max(step.offset, len(node.now())))

    def _sync_file_range(self, step):
        pass

    def _link(self, step):
        folder, name = self._place(step.other)
        folder.change(self.time, given={name: self.at(step.path)})

    def _rename(self, step):
        old, old_name = self._place(step.path)
        new, new_name = self._place(step.other)
        if old is not new:
            raise NotImplementedError(f"the model knows renames within one folder only: {step}")
        old.change(self.time, [old_name], {new_name: old.now[old_name]})

    def _unlink(self, step):
        folder, name = self._place(step.path)
        folder.change(self.time, [name])

    _rmdir = _unlink

    def surviving(self, way):
        """The files and folders that are there after a cut: path to bytes, or None for a
        folder. `way` decides what becomes of what is not certain."""
        found, contents = {}, {}

        def walk(node, path):
            if isinstance(node, File):
                if node not in contents:
                    contents[node] = way.bytes_of(node)
                found[path] = contents[node]
                return
            if path:
                found[path] = None
            for name, child in sorted(way.names_of(node).items()):
                walk(child, f"{path}/{name}" if path else name)

        walk(self.root, "")
        return found


# --- What becomes of what is not certain ---


class Nothing:
    """None of it is there."""

    def names_of(self, folder):
        return folder.certain

    def bytes_of(self, file):
        return file.certain


class Everything:
    """All of it is there."""

    def names_of(self, folder):
        return folder.now

    def bytes_of(self, file):
        return file.now()


class NamesOnly(Nothing):
    """Every name is there, and no bytes: a rename got through and its data did not."""

    def names_of(self, folder):
        return folder.now


class Zeros(NamesOnly):
    """Every name and every size is there, with zeros for bytes."""

    def bytes_of(self, file):
        size = len(file.now())
        return file.certain[:size] + bytes(max(0, size - len(file.certain)))


class BytesOnly(Nothing):
    """Every byte is there, and no name."""

    def bytes_of(self, file):
        return file.now()


class UpTo:
    """Everything up to a moment before the cut: a journal that is written out in its order."""

    def __init__(self, time):
        self.time = time

    def names_of(self, folder):
        return renamed(folder.certain, [change for change in folder.pending if change[0] <= self.time])

    def bytes_of(self, file):
        return after(file.certain, [change for change in file.uncertain() if change[0] <= self.time])


class Torn:
    """Any of it, by chance, sector by sector."""

    def __init__(self, numbers):
        self.numbers = numbers
        self.share = numbers.choice((0.1, 0.5, 0.9))

    def names_of(self, folder):
        return renamed(folder.certain, [change for change in folder.pending if self.numbers.random() < self.share])

    def bytes_of(self, file):
        changes = file.uncertain()
        if not changes:
            return file.certain
        ways = (Nothing().bytes_of, Everything().bytes_of, Zeros().bytes_of, self._first_ones, self._sectors)
        return self.numbers.choice(ways)(file)

    def _first_ones(self, file):
        """The first writes, and the last of these cut at a sector."""
        changes = file.uncertain()
        changes = changes[:self.numbers.randrange(len(changes)) + 1]
        time, offset, data = changes[-1]
        if offset is not None and data:
            end = self.numbers.randrange(offset, offset + len(data) + 1) // SECTOR * SECTOR
            changes[-1] = (time, offset, data[:max(0, end - offset)])
        return after(file.certain, changes)

    def _sectors(self, file):
        old, new = file.certain, file.now()
        torn = bytearray(new)
        for at in range(0, len(new), SECTOR):
            if self.numbers.random() < 0.5:
                # What never was written there reads as zeros.
                size = len(torn[at:at + SECTOR])
                torn[at:at + size] = old[at:at + size].ljust(size, b"\0")
        return bytes(torn)


def digest(found):
    """One text for what is there."""
    whole = hashlib.sha256()
    for path, content in sorted(found.items()):
        whole.update(f"{path}\0{'-' if content is None else hashlib.sha256(content).hexdigest()}\n".encode())
    return whole.hexdigest()


def write_out(found, root):
    """Makes the files and folders below `root`."""
    root = pathlib.Path(root)
    root.mkdir(parents=True, exist_ok=True)
    for path, content in sorted(found.items()):
        if content is None:
            (root / path).mkdir()
        else:
            (root / path).write_bytes(content)
            (root / path).chmod(0o600)
