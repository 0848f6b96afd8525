#!/usr/bin/env python3
"""Makes the malformed files of this folder: each is one small valid profile with one fault.

Run it in this folder; README.md says what each file shows.
"""
import gzip
import os


def varint(n):
    n &= (1 << 64) - 1
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes(out + bytes([n]))


def put(field, value):
    if isinstance(value, int):
        return varint(field << 3) + varint(value)
    return varint(field << 3 | 2) + varint(len(value)) + value


STRINGS = [b"", b"inuse_objects", b"count", b"inuse_space", b"bytes", b"main.load", b"main.go", b"server"]


def profile(
    sample_types=((1, 2), (3, 4)),
    stack=(1,),
    values=(1, 512),
    label=put(1, 4) + put(3, 512),
    mapping_ids=(1,),
    location_ids=(1,),
    line=put(1, 1) + put(2, 7),
    function_ids=(1,),
    function_name=5,
    strings=STRINGS,
    tail=b"",
):
    out = b"".join(put(1, put(1, kind) + put(2, unit)) for kind, unit in sample_types)
    out += put(2, b"".join(put(1, id) for id in stack) + b"".join(put(2, v) for v in values) + put(3, label))
    for id in mapping_ids:
        out += put(3, put(1, id) + put(5, 7))
    for id in location_ids:
        out += put(4, put(1, id) + put(2, 1) + put(3, 0x1000) + put(4, line))
    for id in function_ids:
        out += put(5, put(1, id) + put(2, function_name) + put(4, 6))
    for string in strings:
        out += put(6, string)
    return out + put(9, 1_700_000_000_000_000_000) + put(11, put(1, 3) + put(2, 4)) + put(12, 524288) + tail


def zipped(raw):
    return gzip.compress(raw, 6, mtime=0)


HEAP_TEXT = b"""heap profile: 1: 512 [2: 1024] @ heap/2
1: 512 [2: 1024] @ 0x1000 0x2000 0x3000
#\t0xfff\tmain.load+0x1\t/main.go:7
#\t0x1fff\tmain.main+0x1\t/main.go:9


# runtime.MemStats
"""

VALID = profile()
GZIP = zipped(VALID)

FILES = {
    # Not profiles at all.
    "empty.pb.gz": b"",
    "empty-inside-gzip.pb.gz": zipped(b""),
    "not-a-profile.bin": bytes(range(255, 127, -1)),
    "forbidden.txt": b"Forbidden\n",
    "html-error-page.pb.gz": b"<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head></html>\n",
    "html-error-page-in-gzip.pb.gz": zipped(b"<html>\r\n<body>Unauthorized</body>\r\n</html>\r\n"),
    "kubernetes-status.json": b'{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403}\n',
    "cpp-heap-v2.txt": HEAP_TEXT.replace(b"heap/2", b"heap_v2/524288"),
    "cpp-heapz-v2.txt": HEAP_TEXT.replace(b"heap/2", b"heapz_v2/524288"),
    "cpp-growth.txt": HEAP_TEXT.replace(b"heap/2", b"growthz"),
    "part-debug1-ends-inside-record.txt": HEAP_TEXT[:HEAP_TEXT.index(b"main.main")],
    "part-debug1-ends-before-frame.txt": HEAP_TEXT[:HEAP_TEXT.index(b"#\t0x1fff")],
    "part-debug1-ends-before-records.txt": HEAP_TEXT[:HEAP_TEXT.index(b"1: 512 [2: 1024] @ 0x")],
    "part-debug1-without-header.txt": HEAP_TEXT[HEAP_TEXT.index(b"\n") + 1 :],
    "debug1-damaged-header.txt": HEAP_TEXT.replace(b"1: 512", b"one: 512", 1),
    "debug1-header-overflows.txt": HEAP_TEXT.replace(b"heap/2", b"heap/99999999999999999999"),
    "debug1-count-overflows.txt": HEAP_TEXT.replace(b"\n1: 512", b"\n9223372036854775808: 512"),
    "debug1-address-overflows.txt": HEAP_TEXT.replace(b"@ 0x1000", b"@ 0x10000000000000000"),
    "debug1-address-without-0x.txt": HEAP_TEXT.replace(b"@ 0x1000", b"@ 1000"),
    "debug1-two-texts.txt": HEAP_TEXT + HEAP_TEXT,
    "debug1-frame-overflows.txt": HEAP_TEXT.replace(b"#\t0xfff", b"#\t0x10000000000000000"),
    "valid-debug1-memstats-overflow.txt": HEAP_TEXT + b"# Sys = 99999999999999999999\n",
    "debug1-bytes-without-objects.txt": HEAP_TEXT.replace(b"\n1: 512", b"\n0: 512"),
    "valid-debug1-with-another-line.txt": HEAP_TEXT.replace(b"\n1: 512", b"\nForbidden\n1: 512"),
    "debug1-with-carriage-returns.txt": HEAP_TEXT.replace(b"\n", b"\r"),
    "valid-debug1.txt": HEAP_TEXT,
    "valid-debug1.txt.gz": zipped(HEAP_TEXT),
    "valid-debug1-crlf.txt": HEAP_TEXT.replace(b"\n", b"\r\n"),
    "valid-debug1-without-memstats.txt": HEAP_TEXT[:HEAP_TEXT.index(b"# runtime.MemStats")],
    "valid-debug1-memstats-cut.txt": HEAP_TEXT + b"# Sys = 9",
    "cpp-heap.txt": b"heap profile:   1:   512 [  2:  1024] @ heapprofile\n  1: 512 [2: 1024] @ 0x1000\n",
    "goroutines.txt": b"goroutine profile: total 2\n1 @ 0x1000 0x2000\n#\t0xfff\tmain.main+0x1\t/main.go:7\n",
    "goroutine-stacks.txt": b"goroutine 1 [running]:\nmain.main()\n\t/main.go:7 +0x1\n",
    "contention.txt": b"--- contention:\ncycles/second=2593939999\nsampling period=1\n1000 1 @ 0x1000\n",
    "java-contention.txt": b"--- contentionz 1 ---\nformat = java\nresolution = microseconds\nsampling period = 100\n",
    "java-heap.txt": b"--- heapz 1 ---\nformat = java\nresolution = bytes\n",
    "cpu-legacy.prof": b"".join(n.to_bytes(8, "little") for n in (0, 3, 0, 10000, 0, 1, 1, 0x1000, 0, 1, 0)),
    "execution-trace.out": b"go 1.24 trace\x00\x00\x00\x01\x02",
    "elf-program": b"\x7fELF\x02\x01\x01" + bytes(9),
    "jemalloc.txt": b"heap_v2/524288\n  t*: 1: 512 [0: 0]\n@ 0x1000 0x2000\n  t*: 1: 512 [0: 0]\n",
    "git-lfs-pointer.txt": b"version https://git-lfs.github.com/spec/v1\noid sha256:0123456789abcdef\nsize 3666\n",
    "java-cpu.prof": b"".join(n.to_bytes(8, "little") for n in (0, 3, 1, 10000, 0, 1, 1, 0x1000, 0, 1, 0)),
    "archive.tar": b"heap.pb.gz".ljust(257, b"\0") + b"ustar\x0000".ljust(255, b"\0"),
    "gzip-in-gzip.pb.gz": zipped(GZIP),
    "otlp.pb": put(1, put(1, put(1, put(1, b"service.name") + put(2, put(1, b"server"))))),
    "otlp.json": b'{"resourceProfiles":[{"scopeProfiles":[]}]}\n',
    "flight-recorder.jfr": b"FLR\0\0\x02\0\0",
    "zip-archive.zip": b"PK\x03\x04\x14\x00\x00\x00\x08\x00",
    # Damaged on the way.
    "truncated-gzip.pb.gz": GZIP[: len(GZIP) // 2],
    "gzip-header-only.pb.gz": GZIP[:2],
    "wrong-crc.pb.gz": GZIP[:-8] + bytes([GZIP[-8] ^ 1]) + GZIP[-7:],
    "wrong-length.pb.gz": GZIP[:-4] + bytes([GZIP[-4] ^ 1]) + GZIP[-3:],
    "damaged-deflate.pb.gz": GZIP[:12] + b"\xff\xff\xff" + GZIP[15:],
    "garbage-after-gzip.pb.gz": GZIP + b"garbage behind the end",
    "truncated-proto.pb": VALID[: len(VALID) // 2],
    "concatenated-profiles.pb.gz": GZIP + GZIP,
    # Wrong inside.
    "sample-with-missing-location.pb": profile(stack=(1, 9)),
    "sample-with-location-zero.pb": profile(stack=(0,)),
    "sample-with-too-few-values.pb": profile(values=(1,)),
    "sample-with-too-many-values.pb": profile(values=(1, 512, 3)),
    "samples-without-types.pb": profile(sample_types=(), values=()),
    "label-with-missing-key.pb": profile(label=put(1, 99) + put(3, 1)),
    "duplicate-location-id.pb": profile(location_ids=(1, 1)),
    "duplicate-function-id.pb": profile(function_ids=(1, 1)),
    "duplicate-mapping-id.pb": profile(mapping_ids=(1, 1)),
    "location-id-zero.pb": profile(location_ids=(1, 0)),
    "function-id-zero.pb": profile(function_ids=(1, 0)),
    "mapping-id-zero.pb": profile(mapping_ids=(1, 0)),
    "line-without-function.pb": profile(line=put(2, 7)),
    "line-with-missing-function.pb": profile(line=put(1, 9) + put(2, 7)),
    "string-index-out-of-range.pb": profile(function_name=8),
    "string-index-negative.pb": profile(function_name=-1),
    "string-table-missing.pb": profile(strings=()),
    "string-table-starts-with-text.pb": profile(strings=STRINGS[1:]),
    "varint-of-11-bytes.pb": profile(tail=varint(10 << 3) + b"\x80" * 10 + b"\x00"),
    "group-wire-type.pb": profile(tail=varint(20 << 3 | 3) + varint(20 << 3 | 4)),
    "unknown-wire-type.pb": profile(tail=varint(20 << 3 | 7)),
    "field-with-wrong-type.pb": profile(tail=put(12, b"text")),
    "length-past-the-end.pb": profile(tail=varint(20 << 3 | 2) + varint(1 << 20)),
    "length-of-18-exabytes.pb": profile(tail=varint(20 << 3 | 2) + varint(-1)),
    "sample-types-all-twice.pb": profile(sample_types=((3, 4), (3, 4)), values=(512, 512)),
}

# Odd, but a profile: Go reads them, and so do we.
VALID_FILES = {
    "valid-plain.pb": VALID,
    "valid-two-gzip-members.pb.gz": zipped(VALID[:100]) + zipped(VALID[100:]),
    "valid-unknown-mapping.pb": profile(mapping_ids=(3,)),
    "valid-field-zero.pb": profile(tail=put(0, 1)),
    "valid-unknown-fields.pb": profile(tail=put(99, b"ignored") + varint(98 << 3 | 1) + bytes(8) + varint(97 << 3 | 5) + bytes(4)),
    "valid-overlong-varint.pb": profile(tail=varint(10 << 3) + b"\x81\x80\x80\x80\x80\x80\x80\x80\x80\x00"),
    "valid-overflowing-varint.pb": profile(tail=varint(20 << 3) + b"\xff" * 9 + b"\x7f"),
    "valid-empty-stack.pb": profile(stack=()),
    # Go drops what occurs twice; nothing is left of the one that is refused.
    "valid-sample-type-twice.pb": profile(sample_types=((1, 2), (3, 4), (1, 2)), values=(1, 512, 2)),
    "valid-names-in-latin1.pb": profile(strings=STRINGS[:5] + [b"main.caf\xe9"] + STRINGS[6:]),
}

for name, content in {**FILES, **VALID_FILES}.items():
    with open(name, "wb") as file:
        file.write(content)
