"""The machine's own limit: what two threads of C libraries take to hash, compress and encrypt some files.

libcrypto computes HMAC-SHA-256 and AES-256-GCM, libzstd compresses at level 1, a MiB at a time, with the data in memory
and nothing written: no program that does the same work can be faster, whatever it is written in.
"""

import ctypes
import ctypes.util
import os
import pathlib
import threading
import time

PIECE = 1 << 20


class _Libraries:
    def __init__(self):
        self.crypto = ctypes.CDLL(ctypes.util.find_library("crypto"))
        self.zstd = ctypes.CDLL(ctypes.util.find_library("zstd"))
        for name in ("EVP_sha256", "EVP_aes_256_gcm", "EVP_CIPHER_CTX_new"):
            getattr(self.crypto, name).restype = ctypes.c_void_p
        self.crypto.HMAC.argtypes = [
            ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p,
            ctypes.c_void_p,
        ]  # fmt: skip
        self.crypto.EVP_EncryptInit_ex.argtypes = [ctypes.c_void_p] * 3 + [ctypes.c_char_p] * 2
        self.crypto.EVP_EncryptUpdate.argtypes = [ctypes.c_void_p] * 4 + [ctypes.c_int]
        self.zstd.ZSTD_createCCtx.restype = ctypes.c_void_p
        self.zstd.ZSTD_compressCCtx.restype = ctypes.c_size_t
        self.zstd.ZSTD_compressCCtx.argtypes = [
            ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int,
        ]  # fmt: skip
        self.zstd.ZSTD_compressBound.restype = ctypes.c_size_t


def _work(libraries, pieces):
    crypto, zstd = libraries.crypto, libraries.zstd
    context = zstd.ZSTD_createCCtx()
    cipher = crypto.EVP_CIPHER_CTX_new()
    bound = zstd.ZSTD_compressBound(ctypes.c_size_t(PIECE))
    compressed, sealed = ctypes.create_string_buffer(bound), ctypes.create_string_buffer(bound + 64)
    digest, written = ctypes.create_string_buffer(32), ctypes.c_int()
    for start, length in pieces:
        crypto.HMAC(crypto.EVP_sha256(), bytes(32), 32, start, length, digest, None)
        size = zstd.ZSTD_compressCCtx(context, compressed, bound, start, length, 1)
        crypto.EVP_EncryptInit_ex(cipher, crypto.EVP_aes_256_gcm(), None, bytes(32), bytes(12))
        crypto.EVP_EncryptUpdate(cipher, sealed, ctypes.byref(written), compressed, size)


def seconds(folder, threads=2, sample=512 << 20):
    """The seconds that the work takes for all of `folder`, from up to `sample` bytes of it."""
    paths = sorted(path for path in pathlib.Path(folder).rglob("*") if path.is_file())
    total = sum(path.stat().st_size for path in paths)
    data = bytearray()
    # Every n-th file, so that the sample is mixed as the whole is.
    step = max(1, total // sample)
    for path in paths[::step]:
        data += path.read_bytes()
    buffer = (ctypes.c_char * len(data)).from_buffer(data)
    address = ctypes.addressof(buffer)
    pieces = [(address + start, min(PIECE, len(data) - start)) for start in range(0, len(data), PIECE)]
    libraries = _Libraries()
    workers = [threading.Thread(target=_work, args=(libraries, pieces[number::threads])) for number in range(threads)]
    started = time.monotonic()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return (time.monotonic() - started) * total / len(data)


if __name__ == "__main__":
    import sys

    print(f"{seconds(sys.argv[1], os.cpu_count() or 2):.2f} s")
