"""What Apache Kafka needs to run here: Java 17 or newer, and its jars from Maven Central (named by `pom.xml`)."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from consumers.backends.embedded import ServerFailed

POM = Path(__file__).with_name("pom.xml")
# A fixed version, so that one day's download is another's.
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
JAVA_AT_LEAST = 17
INSTALL = "Install Java 17 and Maven (Debian: apt-get install openjdk-17-jre-headless maven), or set ALERTS_KAFKA."


def kafka_version() -> str:
    """The version of Apache Kafka that `pom.xml` names."""
    versions: list[str] = re.findall(r"<artifactId>kafka_2\.13</artifactId>\s*<version>([\d.]+)<", POM.read_text())
    return versions[0]


def find_java() -> Path | None:
    """`$JAVA_HOME/bin/java`, else the one on the PATH, else None."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=str(Path(home, "bin"))) if home else None
    found = found or shutil.which("java")
    return Path(found) if found else None


def java_major(java: Path) -> int:
    """The major version of `java`; 0 if it does not say."""
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=20, check=False).stderr
    except OSError:
        return 0
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found.group(1)) if found else 0


def usable_java() -> Path:
    """Java 17 or newer.

    Raises:
        ServerFailed: there is none.
    """
    java = find_java()
    if java is None:
        raise ServerFailed(f"Apache Kafka needs Java {JAVA_AT_LEAST} and there is no java here. {INSTALL}")
    if (major := java_major(java)) < JAVA_AT_LEAST:
        raise ServerFailed(f"Apache Kafka needs Java {JAVA_AT_LEAST} and {java} is {major or 'no Java'}. {INSTALL}")
    return java


def jars(folder: Path, *, group: int | None = None) -> Path:
    """The folder with Kafka's jars below `folder`; fetched there if they are missing (43 MB).

    `group` is the process group that Maven joins (None: ours).

    Raises:
        ServerFailed: they are not there and cannot be fetched.
    """
    libs = folder / f"kafka-{kafka_version()}"
    if libs.is_dir():
        return libs
    maven = shutil.which("mvn")
    if maven is None:
        raise ServerFailed(f"Apache Kafka's jars are not in {libs} and there is no mvn here to fetch them. {INSTALL}")
    folder.mkdir(parents=True, exist_ok=True)
    # Renamed when complete: an interrupted download is no set of jars.
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetching-") as fetched:
        _fetch(maven, Path(fetched), group)
        try:
            Path(fetched, "libs").rename(libs)
        except OSError:
            if not libs.is_dir():  # another process may have been first
                raise
    return libs


def _fetch(maven: str, into: Path, group: int | None) -> None:
    # -C refuses a jar whose checksum is wrong.
    argv = [maven, "-B", "-q", "-C", "-f", str(POM), COPY]
    options = ["-DincludeScope=runtime", f"-DoutputDirectory={(into / 'libs').resolve()}", "-Dstyle.color=never"]
    done = subprocess.run(
        [*argv, *options],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        process_group=group,
    )
    if done.returncode != 0 or not any((into / "libs").glob("kafka_2.13-*.jar")):
        reason = next((line for line in done.stdout.splitlines() if "ERROR" in line), done.stderr.strip()[:300])
        raise ServerFailed(f"mvn could not fetch Apache Kafka from Maven Central: {reason}")
