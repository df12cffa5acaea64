"""Why a file could not be read."""

from __future__ import annotations


class UnreadableDocument(Exception):
    """A file that gives no text.

    ``code`` is the code of its finding in ``rules/findings.toml``: unsupported_format, damaged_file, encrypted_file,
    over_limit, missing_extra, missing_program, unsafe_path or unreadable. ``zh`` and ``en`` say what is wrong and
    what to do. ``limit`` names the limit of a file that is over one.
    """

    def __init__(self, code: str, zh: str, en: str, limit: str | None = None) -> None:
        self.code, self.zh, self.en, self.limit = code, zh, en, limit
        super().__init__(code, zh, en, limit)

    def __str__(self) -> str:
        return f"{self.zh} / {self.en}"


def damaged(what: object) -> UnreadableDocument:
    """The error of a file that is not whole.

    >>> str(damaged("no end of central directory"))
    '文件已损坏，请重新导出：no end of central directory / the file is damaged, export it again: no end of central directory'
    """
    return UnreadableDocument("damaged_file", f"文件已损坏，请重新导出：{what}", f"the file is damaged, export it again: {what}")


def encrypted() -> UnreadableDocument:
    """The error of a file that asks for a password."""
    return UnreadableDocument("encrypted_file", "文件已加密，请去掉密码后另存",
                              "the file is encrypted: save it without a password")


def missing_extra(extra: str, zh: str, en: str) -> UnreadableDocument:
    """The error of a format whose libraries are not installed; it names the line that installs them.

    >>> missing_extra("pdf", "PDF 文件", "PDF files").en
    'reading PDF files needs: pip install "hongzhi[pdf]"'
    """
    line = f'pip install "hongzhi[{extra}]"'
    return UnreadableDocument("missing_extra", f"读取 {zh} 需先安装：{line}", f"reading {en} needs: {line}")
