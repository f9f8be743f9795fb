"""Dumps that are not on this machine: any address that fsspec opens.

A remote file is fetched whole, once, into the staging folder, and is read from there like any
other. It goes when the batch is committed.
"""

import os
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from flows.errors import SetupError, StorageError
from flows.storage import DumpFile, is_disk_full

_TIMES = ("mtime", "LastModified", "last_modified", "updated", "created")
_VERSIONS = ("ETag", "etag", "md5Hash", "generation")


def list_remote(address: str, fetched: Path) -> list[DumpFile]:
    """List the files under an address, in the order of their URIs; none where nothing is.

    Raises SetupError for an address that cannot be meant, and StorageError where it does not
    answer.
    """
    scheme = address.partition("://")[0]
    system, root = _open_system(address)
    try:
        found = system.find(root, detail=True)
    except FileNotFoundError:
        raise SetupError(f"{address}: no such file or folder") from None
    except PermissionError:
        raise SetupError(f"{address}: cannot be read: permission denied") from None
    except Exception as error:  # every kind of storage has errors of its own
        raise StorageError(f"{address}: does not answer: {_reason(error)}") from error
    files = [_describe(scheme, path, facts, fetched) for path, facts in found.items()]
    return sorted(files)


def fetch(file: DumpFile) -> bool:
    """Bring a remote file's bytes to its path, unless they are there; they come whole or not.

    Returns whether it has the size that was listed. Raises StorageError where it does not come.
    """
    if not file.path.exists():
        file.path.parent.mkdir(parents=True, exist_ok=True)
        scratch = file.path.with_name(f".{file.path.name}.{os.getpid()}")
        system, root = _open_system(file.uri)
        try:
            system.get_file(root, str(scratch))
            scratch.replace(file.path)
        except Exception as error:  # every kind of storage has errors of its own
            if is_disk_full(error):
                raise
            raise StorageError(f"{file.uri}: does not come: {_reason(error)}") from error
        finally:
            scratch.unlink(missing_ok=True)
    return file.path.stat().st_size == file.size_bytes


def _open_system(address: str) -> tuple[Any, str]:
    import fsspec

    try:
        system, root = fsspec.core.url_to_fs(address, use_listings_cache=False)
    except ImportError as error:
        scheme = address.partition("://")[0]
        raise SetupError(f"{address}: {scheme} needs another package: {error}") from None
    except ValueError as error:
        raise SetupError(f"{address}: not an address that can be opened: {error}") from None
    return system, str(root)


def _describe(scheme: str, path: str, facts: dict[str, Any], fetched: Path) -> DumpFile:
    uri = path if "://" in path else f"{scheme}://{path}"
    size, moment = int(facts.get("size") or 0), _modified_ns(facts)
    name = blake2b(f"{uri}\0{size}\0{moment}".encode(), digest_size=16).hexdigest()
    return DumpFile(uri, fetched / name, size, moment, is_remote=True)


def _modified_ns(facts: dict[str, Any]) -> int:
    """When the file changed; where storage does not say, a number that changes with it.

    >>> _modified_ns({"LastModified": "2026-03-01T00:00:00+00:00"})
    1772323200000000000
    """
    moment = next((facts[name] for name in _TIMES if facts.get(name)), None)
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment)
        except ValueError:
            moment = None
    if isinstance(moment, datetime):
        moment = moment.timestamp()
    if isinstance(moment, int | float):
        return int(moment * 1_000_000_000)
    version = next((str(facts[name]) for name in _VERSIONS if facts.get(name)), "")
    return int.from_bytes(blake2b(version.encode(), digest_size=7).digest(), "big")


def _reason(error: BaseException) -> str:
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__
