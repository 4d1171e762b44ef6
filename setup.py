"""Builds the hot modules as C extensions where that is possible; the metadata is in setup.cfg.

The same sources run either way: mypyc compiles them as they are. Without mypyc or a C compiler, or with the environment
variable ``TLSEKU_PURE=1``, the package is built as pure Python, and is slower. ``tlseku --version`` says which it is.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

sys.path.insert(0, str(Path(__file__).resolve().parent / "build_backend"))

from tlseku_build import has_compiler, say, wants_compiled

COMPILED = (
    "capture/batch",
    "capture/enhanced_packets",
    "capture/pcap",
    "cli/streams/tally",
    "encoding/message_columns",
    "encoding/records",
    "encoding/trees",
    "frames/arrivals",
    "frames/reference",
    "handshake/acceptance",
    "handshake/after_handshake",
    "handshake/before_close",
    "handshake/begin_order",
    "handshake/chain_likeness",
    "handshake/conclusion",
    "handshake/conclusions",
    "handshake/confirmation",
    "handshake/engine",
    "handshake/evaluation",
    "handshake/facts",
    "handshake/flow_builder",
    "handshake/following",
    "handshake/hello_facts",
    "handshake/hidden",
    "handshake/length_hints",
    "handshake/message_log",
    "handshake/offer",
    "handshake/outcome",
    "handshake/recorded_connection",
    "handshake/recorded_messages",
    "handshake/said_in_flow",
    "handshake/sealed_records",
    "handshake/shared_chains",
    "handshake/tls_detection",
    "handshake/vantage",
    "network/decode/common_frame",
    "network/decode/decoder",
    "network/decode/ether_tags",
    "network/decode/fragments",
    "network/decode/link",
    "network/decode/segment",
    "network/decode/tunnels",
    "network/decode/udp_tunnels",
    "network/decode/unread",
    "network/tcp/age_list",
    "network/tcp/connection",
    "network/tcp/connection_table",
    "network/tcp/dispatch",
    "network/tcp/fast_path",
    "network/tcp/given_up",
    "network/tcp/last_packets",
    "network/tcp/lifetimes",
    "network/tcp/lookup_cache",
    "network/tcp/out_of_order",
    "network/tcp/out_of_order_budget",
    "network/tcp/packet_header",
    "network/tcp/port_reuse",
    "network/tcp/reassembly",
    "network/tcp/recorder",
    "network/tcp/recording",
    "network/tcp/segment_arrival",
    "network/tcp/sequence",
    "network/tcp/stream",
    "network/tcp/stream_numbers",
    "network/tcp/time_wait",
    "output/json/certificate_text",
    "output/json/flow_json",
    "output/json/line_text",
    "output/json/value_text",
    "output/words/remembered",
    "output/words/terminal_page",
    "output/words/timestamps",
    "parallel/text_blocks",
    "policy/issuing_path",
    "policy/rule_books/judgement",
    "profiles/expressway/logs/event_stream",
    "profiles/expressway/logs/known_lines",
    "profiles/expressway/logs/log_event",
    "profiles/expressway/logs/log_fields",
    "profiles/expressway/reports/log_json",
    "profiles/expressway/reports/log_report",
    "registry/addresses",
    "registry/community_id",
    "registry/names",
    "registry/services",
    "tls/certificate_message",
    "tls/certificate_request",
    "tls/cursor",
    "tls/extensions",
    "tls/handshake",
    "tls/handshake_types",
    "tls/hello",
    "tls/message",
    "tls/reader",
    "tls/records",
    "tls/stream_start",
    "x509/cache",
    "x509/der",
    "x509/distinguished_name",
    "x509/general_name",
    "x509/ordinary",
    "x509/public_key",
)
"""What a packet, a flow or a certificate passes through each time. Not what goes between processes: instances of
compiled classes cannot be pickled. And nothing that ``tlseku`` itself has names of: mypyc drops docstrings."""


class BuildSideBySide(build_ext):
    """Runs as many C compilers at once as there are processors.

    setuptools does so for extensions only, and nearly all that there is to compile is one extension of many C files.
    """

    def finalize_options(self) -> None:
        super().finalize_options()
        self.parallel = self.parallel or os.cpu_count()

    def build_extensions(self) -> None:
        compile_in_turn = self.compiler.compile

        def compile_side_by_side(sources: list[str], *args: object, **options: object) -> list[str]:
            # The longest first, so that none is left for the end; one by itself sets the compiler up.
            *others, shortest = sorted(sources, key=os.path.getsize, reverse=True)
            objects = list(compile_in_turn([shortest], *args, **options))
            with ThreadPoolExecutor(self.parallel) as pool:
                for made in pool.map(lambda source: compile_in_turn([source], *args, **options), others):
                    objects += made
            return objects

        self.compiler.compile = compile_side_by_side
        super().build_extensions()


def extensions() -> list[Extension]:
    """The compiled modules; none where they cannot or shall not be built."""
    if not wants_compiled():
        return []
    try:
        from mypyc.build import mypycify
    except ImportError:
        say("mypyc is not installed: building as pure Python")
        return []
    if not has_compiler():
        return []
    # What is not compiled is looked at for its types only. What it depends on need not be there, and is not looked at
    # where it is: the same C comes out everywhere, and pandas and its kind would take a minute.
    options = ["--config-file=", "--follow-imports=silent", "--ignore-missing-imports", "--no-site-packages"]
    paths = [f"tlseku/{module}.py" for module in COMPILED]
    try:
        # gcc -O1 takes two thirds of the time of -O2, and what comes out is as fast: it is calls into Python mostly.
        built: list[Extension] = mypycify([*options, *paths], opt_level="1", debug_level="0", multi_file=True)
    except SystemExit:
        say("mypyc refuses the sources: building as pure Python")
        return []
    return built


# Only a build needs the extensions; metadata alone (egg_info, sdist) shall not take minutes.
BUILDS = {"bdist_wheel", "build", "build_ext", "editable_wheel", "install"}

setup(
    cmdclass={"build_ext": BuildSideBySide},
    ext_modules=extensions() if BUILDS.intersection(sys.argv[1:]) else [],
)
