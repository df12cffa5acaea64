"""Pages saved with their pictures in one file (MHTML): the page itself."""

from __future__ import annotations

from email import message_from_bytes, policy

from pipeline.ingest.errors import damaged

# Parts inside parts are read one inside the other: more than this is no page.
_MOST_PARTS = 20


def page_of_mime(data: bytes) -> bytes:
    """The bytes of the first page in a MIME file. Raises :class:`UnreadableDocument` where there is none.

    >>> head = b"MIME-Version: 1.0\\nContent-Type: multipart/related; boundary=x\\n\\n--x\\nContent-Type: text/html\\n\\n"
    >>> page_of_mime(head + b"<p>a</p>\\n--x--\\n")
    b'<p>a</p>'
    """
    if data.lower().count(b"multipart/") > _MOST_PARTS:
        raise damaged("multipart")
    message = message_from_bytes(data, policy=policy.compat32)
    for part in message.walk():
        if part.get_content_type() == "text/html":
            content = part.get_payload(decode=True)
            if isinstance(content, bytes):
                return content
    raise damaged("multipart/related: text/html")
