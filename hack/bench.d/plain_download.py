#!/usr/bin/python3
"""The floor of a pull: so many threads fetch blobs over HTTP and write them unpacked, and do nothing else.

  plain_download.py THREADS FOLDER URL...

Prints the seconds that it took. A process of its own, as what it is compared with is one, too."""
import concurrent.futures
import os
import sys
import time
import urllib.request
import zlib

PIECE = 1 << 18  # bytes


def fetch(url, path):
    unpacked = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)  # gzip
    with urllib.request.urlopen(url, timeout=300) as answer, open(path, "wb") as file:
        while piece := answer.read(PIECE):
            file.write(unpacked.decompress(piece))
        file.write(unpacked.flush())


def main(threads, folder, *urls):
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(int(threads)) as pool:
        list(pool.map(fetch, urls, [os.path.join(folder, str(i)) for i in range(len(urls))]))
    print(time.monotonic() - began)


if __name__ == "__main__":
    main(*sys.argv[1:])
