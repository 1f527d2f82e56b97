"""A small S3 on this machine: enough of the protocol to hold an archive, and to misbehave."""

import hashlib
import http.server
import re
import threading
import urllib.parse
import xml.sax.saxutils

import harness


class ObjectStore:
    """Serves buckets from memory on a port of its own until `close`.

    `overwrites`: takes `If-None-Match: *` for noise, as some servers do.
    `refuse`: a status that everything is answered with; `refuse_writes`: writes alone.
    """

    def __init__(self):
        self.objects, self.uploads, self.lock = {}, {}, threading.Lock()
        self.overwrites, self.refuse, self.refuse_writes = False, None, None
        self.requests = 0
        store = self

        class Handler(_Handler):
            objects = store

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def environment(self):
        return harness.s3_environment(self.endpoint)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body in one piece; else each answer waits for the other side's word.
    wbufsize = -1
    disable_nagle_algorithm = True
    objects = None

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", headers.get("Content_Length", str(len(body))))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def error(self, status, code):
        body = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>{code}</Message></Error>'
        self.answer(status, body.encode())

    def asked(self):
        url = urllib.parse.urlsplit(self.path)
        return urllib.parse.unquote(url.path.lstrip("/")), dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))

    def body(self):
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "aws-chunked" not in self.headers.get("Content-Encoding", ""):
            return content
        plain, rest = b"", content
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            length = int(size.split(b";")[0], 16)
            if length == 0:
                break
            plain, rest = plain + rest[:length], rest[length + 2:]
        return plain

    def refused(self, content):
        store = self.objects
        with store.lock:
            store.requests += 1
        status = store.refuse or (store.refuse_writes if self.command in ("PUT", "POST", "DELETE") else None)
        if status is not None:
            self.error(status, {403: "AccessDenied", 507: "InsufficientStorage"}.get(status, "InternalError"))
            return True
        return False

    def put(self, key, content):
        store = self.objects
        with store.lock:
            if self.headers.get("If-None-Match") == "*" and key in store.objects and not store.overwrites:
                return self.error(412, "PreconditionFailed")
            match = self.headers.get("If-Match")
            if match is not None and (key not in store.objects or etag(store.objects[key]) != match):
                return self.error(412, "PreconditionFailed")
            store.objects[key] = content
        return self.answer(200, ETag=etag(content))

    def do_PUT(self):
        content = self.body()
        if self.refused(content):
            return
        key, query = self.asked()
        if "partNumber" not in query:
            self.put(key, content)
            return
        with self.objects.lock:
            self.objects.uploads.setdefault(query["uploadId"], {})[int(query["partNumber"])] = content
        self.answer(200, ETag=etag(content))

    def do_POST(self):
        content = self.body()
        if self.refused(content):
            return
        key, query = self.asked()
        if "uploads" in query:
            with self.objects.lock:
                upload = f"upload-{len(self.objects.uploads)}"
                self.objects.uploads[upload] = {}
            bucket, _, name = key.partition("/")
            self.answer(200, (
                f"<InitiateMultipartUploadResult><Bucket>{bucket}</Bucket><Key>{escaped(name)}</Key>"
                f"<UploadId>{upload}</UploadId></InitiateMultipartUploadResult>"
            ).encode())
        elif "uploadId" in query:
            with self.objects.lock:
                parts = self.objects.uploads.pop(query["uploadId"])
                whole = b"".join(parts[number] for number in sorted(parts))
                self.objects.objects[key] = whole
            bucket, _, name = key.partition("/")
            self.answer(200, (
                f"<CompleteMultipartUploadResult><Location>x</Location><Bucket>{bucket}</Bucket>"
                f"<Key>{escaped(name)}</Key><ETag>{escaped(etag(whole))}</ETag></CompleteMultipartUploadResult>"
            ).encode())
        elif "delete" in query:
            bucket = key.strip("/")

            names = [xml.sax.saxutils.unescape(name) for name in re.findall(r"<Key>(.*?)</Key>", content.decode())]
            with self.objects.lock:
                for name in names:
                    self.objects.objects.pop(f"{bucket}/{name}", None)
            told = "".join(f"<Deleted><Key>{escaped(name)}</Key></Deleted>" for name in names)
            self.answer(200, f"<DeleteResult>{told}</DeleteResult>".encode())
        else:
            self.error(400, "InvalidRequest")

    def do_DELETE(self):
        if self.refused(self.body()):
            return
        key, query = self.asked()
        with self.objects.lock:
            if "uploadId" in query:
                self.objects.uploads.pop(query["uploadId"], None)
            else:
                self.objects.objects.pop(key, None)
        self.answer(204)

    def do_GET(self):
        if self.refused(self.body()):
            return
        key, query = self.asked()
        if "list-type" in query:
            self.list(key.strip("/"), query)
            return
        with self.objects.lock:
            content = self.objects.objects.get(key)
        if content is None:
            self.error(404, "NoSuchKey")
            return
        headers = {"ETag": etag(content), "Last_Modified": "Mon, 23 Nov 2026 01:14:07 GMT", "Accept_Ranges": "bytes"}
        wanted = self.headers.get("Range")
        if wanted is None or self.command == "HEAD":
            self.answer(200, content, **headers)
            return
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        start = int(first) if first else max(0, len(content) - int(last))
        end = min(int(last) + 1 if first and last else len(content), len(content))
        if start >= len(content):
            self.error(416, "InvalidRange")
            return
        self.answer(206, content[start:end], Content_Range=f"bytes {start}-{end - 1}/{len(content)}", **headers)

    do_HEAD = do_GET

    def list(self, bucket, query):
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        after = query.get("continuation-token") or query.get("start-after") or ""
        most = min(int(query.get("max-keys", 1000)), 1000)
        with self.objects.lock:
            held = {key.partition("/")[2]: value for key, value in self.objects.objects.items() if key.startswith(bucket + "/")}
        rows, seen, more, last = [], set(), "", ""
        for name in sorted(held):
            if not name.startswith(prefix) or name <= after:
                continue
            rest = name[len(prefix):]
            common = prefix + rest.partition(delimiter)[0] + delimiter if delimiter and delimiter in rest else None
            if common in seen:
                last = name
                continue
            if len(rows) >= most:
                more = f"<NextContinuationToken>{escaped(last)}</NextContinuationToken>"
                break
            last = name
            if common is not None:
                seen.add(common)
                rows.append(f"<CommonPrefixes><Prefix>{escaped(common)}</Prefix></CommonPrefixes>")
            else:
                rows.append(
                    f"<Contents><Key>{escaped(name)}</Key><LastModified>2026-11-23T01:14:07.000Z</LastModified>"
                    f"<ETag>{escaped(etag(held[name]))}</ETag><Size>{len(held[name])}</Size></Contents>"
                )
        truncated = "true" if more else "false"
        self.answer(200, (
            f'<?xml version="1.0"?><ListBucketResult><Name>{bucket}</Name><Prefix>{escaped(prefix)}</Prefix>'
            f"<KeyCount>{len(rows)}</KeyCount><IsTruncated>{truncated}</IsTruncated>{more}{''.join(rows)}</ListBucketResult>"
        ).encode())


def etag(content):
    return f'"{hashlib.md5(content).hexdigest()}"'


def escaped(text):
    return xml.sax.saxutils.escape(text)
