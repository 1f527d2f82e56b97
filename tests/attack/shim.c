/*
 * Stands between a program and the calls of libc that change files.
 *
 * Preloaded. It looks only at calls on paths and descriptors below ATTACK_ROOT, numbers them
 * over all threads from 1, and does to one of them what the environment says:
 *
 *   ATTACK_DO     kill-before, kill-after   SIGKILL of the process at the call
 *                 fail-before, fail-after   an error instead of the call, or after it was done
 *                 short                     half of the bytes are written, and told
 *                 lie                       a sync is not done, and success is told
 *   ATTACK_AT     the number of the call; 0 none
 *   ATTACK_ON     instead of all calls, only those are numbered for ATTACK_AT whose name and
 *                 path hold this text ("fsync", "rename log/")
 *   ATTACK_LAST   "1" that call alone, "0" that call and all after it
 *   ATTACK_ERROR  the number of the error
 *   ATTACK_LOG    a file that every call is written into, also what goes to standard output
 *   ATTACK_DATA   "1": with the bytes that were written
 *
 * A line of the log: number, name, what was done to it, error of the call itself (0: it took
 * effect), inode, offset, flag (1: the call made the file), path, second path, count of bytes
 * that follow the line. Paths are relative to the root.
 *
 * One call at a time goes through, so the log is the order in which they took effect.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define REAL(name) ((__typeof__(&name))real(#name))

enum { PASS, KILL_BEFORE, KILL_AFTER, FAIL_BEFORE, FAIL_AFTER, SHORT, LIE };

static const char *const DEEDS[] = {"-", "kill-before", "kill-after", "fail-before", "fail-after", "short", "lie"};

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static char root[PATH_MAX];
static size_t root_len;
static const char *only_on;
static int log_fd = -1, with_data, deed, last_too, error_told;
static unsigned long at, counted, matched;

static void *real(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (!found)
        abort();
    return found;
}

static void begin(void)
{
    const char *text = getenv("ATTACK_ROOT");
    if (!text)
        return;
    snprintf(root, sizeof root, "%s", text);
    root_len = strlen(root);
    text = getenv("ATTACK_DO");
    for (int n = 1; text && n <= LIE; n++)
        if (!strcmp(text, DEEDS[n]))
            deed = n;
    at = (text = getenv("ATTACK_AT")) ? strtoul(text, NULL, 10) : 0;
    last_too = (text = getenv("ATTACK_LAST")) && *text == '0';
    error_told = (text = getenv("ATTACK_ERROR")) ? atoi(text) : EIO;
    with_data = (text = getenv("ATTACK_DATA")) && *text == '1';
    only_on = getenv("ATTACK_ON");
    text = getenv("ATTACK_LOG");
    if (text) {
        int fd = REAL(open)(text, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        /* High, so that the program's own descriptors have the numbers they always have. */
        log_fd = fcntl(fd, F_DUPFD_CLOEXEC, 900);
        close(fd);
        if (log_fd < 0)
            abort();
    }
}

/* --- Paths --- */

static int below(const char *path)
{
    return root_len && !strncmp(path, root, root_len) && (path[root_len] == '/' || !path[root_len]);
}

static int of_descriptor(int fd, char *path)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    return 1;
}

/* Takes "." and ".." and doubled slashes out. Links are not followed: the tests have none. */
static void tidy(char *path)
{
    char *out = path, *in = path;
    while (*in) {
        while (*in == '/')
            in++;
        char *end = in;
        while (*end && *end != '/')
            end++;
        size_t length = end - in;
        if (length == 2 && in[0] == '.' && in[1] == '.') {
            while (out > path && *--out != '/')
                ;
        } else if (length && !(length == 1 && in[0] == '.')) {
            *out++ = '/';
            memmove(out, in, length);
            out += length;
        }
        in = end;
    }
    if (out == path)
        *out++ = '/';
    *out = 0;
}

/* The whole path, and whether it is below the root. */
static int of_path(int folder, const char *given, char *path)
{
    pthread_once(&once, begin);
    if (!root_len || !given)
        return 0;
    char start[PATH_MAX] = "";
    if (*given != '/') {
        if (folder == AT_FDCWD ? !getcwd(start, sizeof start) : !of_descriptor(folder, start))
            return 0;
    }
    if (snprintf(path, PATH_MAX, "%s/%s", start, given) >= PATH_MAX)
        return 0;
    tidy(path);
    return below(path);
}

static int of_fd(int fd, char *path)
{
    pthread_once(&once, begin);
    return root_len && of_descriptor(fd, path) && below(path);
}

static const char *shown(const char *path)
{
    return !path ? "" : !path[root_len] ? "." : path + root_len + 1;
}

/* --- A call --- */

struct call {
    const char *name, *path, *other;
    unsigned long number;
    int deed;
};

static void put(const void *bytes, size_t length)
{
    const char *next = bytes;
    while (length) {
        ssize_t done = REAL(write)(log_fd, next, length);
        if (done <= 0)
            abort();
        next += done;
        length -= done;
    }
}

static void tell(struct call *call, const char *what, int error, uint64_t inode, long long offset, int flag,
                 const void *bytes, size_t length)
{
    if (log_fd < 0)
        return;
    char line[2 * PATH_MAX + 200];
    int size = snprintf(line, sizeof line, "%lu\t%s\t%s\t%d\t%llu\t%lld\t%d\t%s\t%s\t%zu\n", call->number, call->name,
                        what, error, (unsigned long long)inode, offset, flag, shown(call->path), shown(call->other),
                        bytes ? length : 0);
    put(line, size);
    if (bytes)
        put(bytes, length);
}

/* Waits for its turn, counts, and says what is to be done. */
static void arrive(struct call *call)
{
    pthread_mutex_lock(&turn);
    call->number = ++counted;
    call->deed = PASS;
    unsigned long number = counted;
    if (only_on) {
        char text[PATH_MAX + 32];
        snprintf(text, sizeof text, "%s %s", call->name, shown(call->path));
        if (!strstr(text, only_on))
            return;
        number = ++matched;
    }
    if (at && (number == at || (last_too && number > at)))
        call->deed = deed;
    if (call->deed == KILL_BEFORE) {
        tell(call, DEEDS[KILL_BEFORE], EINTR, 0, 0, 0, NULL, 0);
        kill(getpid(), SIGKILL);
        for (;;)
            pause();
    }
}

/* Writes the call down and gives what the caller is told. */
static long leave(struct call *call, long result, int error, uint64_t inode, long long offset, int flag,
                  const void *bytes, size_t length)
{
    tell(call, DEEDS[call->deed], result < 0 || call->deed == LIE ? error : 0, inode, offset, flag, bytes, length);
    if (call->deed == KILL_AFTER) {
        kill(getpid(), SIGKILL);
        for (;;)
            pause();
    }
    if (call->deed == FAIL_BEFORE || call->deed == FAIL_AFTER) {
        result = -1;
        error = error_told;
    }
    pthread_mutex_unlock(&turn);
    errno = error;
    return result;
}

static uint64_t inode_at(const char *path)
{
    struct stat found;
    return path && !lstat(path, &found) ? found.st_ino : 0;
}

static uint64_t inode_of(int fd)
{
    struct stat found;
    return !fstat(fd, &found) ? found.st_ino : 0;
}

/* Does `DO` unless it is refused; `result` and `error` are set. */
#define ATTEMPT(DO)                                                     \
    long result = call.deed == LIE ? 0 : -1;                            \
    int error = error_told;                                             \
    if (call.deed != FAIL_BEFORE && call.deed != LIE) {                 \
        result = (DO);                                                  \
        error = errno;                                                  \
    }

/* --- Making and naming --- */

static long open_below(const char *name, int folder, const char *given, int flags, mode_t mode, const char *path)
{
    struct call call = {name, path, NULL, 0, 0};
    arrive(&call);
    uint64_t before = inode_at(path);
    if (call.deed == LIE)
        call.deed = PASS;
    ATTEMPT(REAL(openat64)(folder, given, flags, mode));
    uint64_t inode = result < 0 ? 0 : inode_of(result);
    if (result >= 0 && call.deed == FAIL_AFTER)
        close(result);
    return leave(&call, result, error, inode, flags & O_TRUNC ? 0 : -1, result >= 0 && !before, NULL, 0);
}

static int changes(int flags)
{
    return flags & (O_CREAT | O_TRUNC);
}

#define OPEN(NAME, PARAMETERS, FOLDER, GIVEN, PASSED)                   \
    EXPORT int NAME PARAMETERS                                          \
    {                                                                   \
        mode_t mode = 0;                                                \
        if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE) {      \
            va_list more;                                               \
            va_start(more, flags);                                      \
            mode = va_arg(more, mode_t);                                \
            va_end(more);                                               \
        }                                                               \
        char path[PATH_MAX];                                            \
        if (changes(flags) && of_path(FOLDER, GIVEN, path))             \
            return open_below("open", FOLDER, GIVEN, flags, mode, path); \
        return REAL(NAME) PASSED;                                       \
    }

OPEN(open, (const char *given, int flags, ...), AT_FDCWD, given, (given, flags, mode))
OPEN(open64, (const char *given, int flags, ...), AT_FDCWD, given, (given, flags, mode))
OPEN(openat, (int folder, const char *given, int flags, ...), folder, given, (folder, given, flags, mode))
OPEN(openat64, (int folder, const char *given, int flags, ...), folder, given, (folder, given, flags, mode))

/* A call on one path. */
#define ON_PATH(NAME, SHOWN, PARAMETERS, FOLDER, GIVEN, PASSED)         \
    EXPORT int NAME PARAMETERS                                          \
    {                                                                   \
        char path[PATH_MAX];                                            \
        if (!of_path(FOLDER, GIVEN, path))                              \
            return REAL(NAME) PASSED;                                   \
        struct call call = {SHOWN, path, NULL, 0, 0};                   \
        arrive(&call);                                                  \
        ATTEMPT(REAL(NAME) PASSED);                                     \
        return leave(&call, result, error, inode_at(path), 0, 0, NULL, 0); \
    }

ON_PATH(mkdir, "mkdir", (const char *given, mode_t mode), AT_FDCWD, given, (given, mode))
ON_PATH(mkdirat, "mkdir", (int folder, const char *given, mode_t mode), folder, given, (folder, given, mode))
ON_PATH(rmdir, "rmdir", (const char *given), AT_FDCWD, given, (given))
ON_PATH(unlink, "unlink", (const char *given), AT_FDCWD, given, (given))
ON_PATH(truncate, "truncate", (const char *given, off_t length), AT_FDCWD, given, (given, length))

EXPORT int unlinkat(int folder, const char *given, int flags)
{
    char path[PATH_MAX];
    if (!of_path(folder, given, path))
        return REAL(unlinkat)(folder, given, flags);
    struct call call = {flags & AT_REMOVEDIR ? "rmdir" : "unlink", path, NULL, 0, 0};
    arrive(&call);
    ATTEMPT(REAL(unlinkat)(folder, given, flags));
    return leave(&call, result, error, 0, 0, 0, NULL, 0);
}

/* A call on two paths. */
#define ON_PATHS(NAME, SHOWN, PARAMETERS, FOLDER, GIVEN, FOLDER2, GIVEN2, PASSED) \
    EXPORT int NAME PARAMETERS                                          \
    {                                                                   \
        char path[PATH_MAX], other[PATH_MAX];                           \
        int first = of_path(FOLDER, GIVEN, path), second = of_path(FOLDER2, GIVEN2, other); \
        if (!first && !second)                                          \
            return REAL(NAME) PASSED;                                   \
        struct call call = {SHOWN, path, other, 0, 0};                  \
        arrive(&call);                                                  \
        ATTEMPT(REAL(NAME) PASSED);                                     \
        return leave(&call, result, error, inode_at(other), 0, 0, NULL, 0); \
    }

ON_PATHS(rename, "rename", (const char *a, const char *b), AT_FDCWD, a, AT_FDCWD, b, (a, b))
ON_PATHS(renameat, "rename", (int f, const char *a, int g, const char *b), f, a, g, b, (f, a, g, b))
ON_PATHS(renameat2, "rename", (int f, const char *a, int g, const char *b, unsigned flags), f, a, g, b,
         (f, a, g, b, flags))
ON_PATHS(link, "link", (const char *a, const char *b), AT_FDCWD, a, AT_FDCWD, b, (a, b))
ON_PATHS(linkat, "link", (int f, const char *a, int g, const char *b, int flags), f, a, g, b, (f, a, g, b, flags))

/* --- Syncing and sizes --- */

#define ON_FD(NAME, SHOWN, PARAMETERS, OFFSET, PASSED)                  \
    EXPORT int NAME PARAMETERS                                          \
    {                                                                   \
        char path[PATH_MAX];                                            \
        if (!of_fd(fd, path))                                           \
            return REAL(NAME) PASSED;                                   \
        struct call call = {SHOWN, path, NULL, 0, 0};                   \
        arrive(&call);                                                  \
        ATTEMPT(REAL(NAME) PASSED);                                     \
        return leave(&call, result, error, inode_of(fd), OFFSET, 0, NULL, 0); \
    }

ON_FD(fsync, "fsync", (int fd), 0, (fd))
ON_FD(fdatasync, "fdatasync", (int fd), 0, (fd))
ON_FD(sync_file_range, "sync_file_range", (int fd, off64_t from, off64_t length, unsigned flags), from,
      (fd, from, length, flags))
ON_FD(ftruncate, "truncate", (int fd, off_t length), length, (fd, length))
ON_FD(ftruncate64, "truncate", (int fd, off64_t length), length, (fd, length))
ON_FD(fallocate, "fallocate", (int fd, int mode, off_t from, off_t length), from + length, (fd, mode, from, length))
ON_FD(fallocate64, "fallocate", (int fd, int mode, off64_t from, off64_t length), from + length,
      (fd, mode, from, length))

/* --- Bytes --- */

static size_t allowed(struct call *call, size_t length)
{
    return call->deed == SHORT && length > 1 ? length / 2 : length;
}

/* What was just written, read back where the call did not have it in one piece. */
static long leave_written(struct call *call, int fd, long result, int error, const void *bytes, long long offset)
{
    void *copy = NULL;
    if (with_data && result > 0 && !bytes) {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        int again = REAL(open)(link, O_RDONLY | O_CLOEXEC);
        copy = malloc(result);
        if (again < 0 || !copy || pread(again, copy, result, offset) != result)
            abort();
        close(again);
    }
    const void *kept = with_data && result > 0 ? (bytes ? bytes : copy) : NULL;
    result = leave(call, result, error, inode_of(fd), offset, 0, kept, result > 0 ? result : 0);
    error = errno;
    free(copy);
    errno = error;
    return result;
}

/* Where the bytes of a plain write went. */
static long long went_to(int fd, long result)
{
    int error = errno;
    long long end = lseek(fd, 0, SEEK_CUR);
    errno = error;
    return result > 0 ? end - result : end;
}

static ssize_t print(int fd, const void *bytes, size_t length)
{
    /* Not counted; its place in the log says what was told by then. */
    pthread_mutex_lock(&turn);
    ssize_t result = REAL(write)(fd, bytes, length);
    int error = errno;
    struct call call = {"print", NULL, NULL, 0, 0};
    tell(&call, DEEDS[PASS], result < 0 ? error : 0, 0, 0, 0, result > 0 ? bytes : NULL, result > 0 ? result : 0);
    pthread_mutex_unlock(&turn);
    errno = error;
    return result;
}

EXPORT ssize_t write(int fd, const void *bytes, size_t length)
{
    char path[PATH_MAX];
    if (!of_fd(fd, path))
        return fd == 1 && root_len && log_fd >= 0 ? print(fd, bytes, length) : REAL(write)(fd, bytes, length);
    struct call call = {"write", path, NULL, 0, 0};
    arrive(&call);
    length = allowed(&call, length);
    ATTEMPT(REAL(write)(fd, bytes, length));
    return leave_written(&call, fd, result, error, bytes, went_to(fd, result));
}

static ssize_t pwrite_below(int fd, const void *bytes, size_t length, off64_t offset, const char *path)
{
    struct call call = {"write", path, NULL, 0, 0};
    arrive(&call);
    length = allowed(&call, length);
    ATTEMPT(REAL(pwrite64)(fd, bytes, length, offset));
    return leave_written(&call, fd, result, error, bytes, offset);
}

EXPORT ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset)
{
    char path[PATH_MAX];
    return of_fd(fd, path) ? pwrite_below(fd, bytes, length, offset, path) : REAL(pwrite)(fd, bytes, length, offset);
}

EXPORT ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset)
{
    char path[PATH_MAX];
    return of_fd(fd, path) ? pwrite_below(fd, bytes, length, offset, path) : REAL(pwrite64)(fd, bytes, length, offset);
}

EXPORT ssize_t writev(int fd, const struct iovec *pieces, int count)
{
    char path[PATH_MAX];
    if (!of_fd(fd, path))
        return REAL(writev)(fd, pieces, count);
    struct call call = {"write", path, NULL, 0, 0};
    arrive(&call);
    /* Short: the first piece alone. */
    struct iovec first = count ? pieces[0] : (struct iovec){NULL, 0};
    if (call.deed == SHORT && first.iov_len) {
        first.iov_len = allowed(&call, first.iov_len);
        pieces = &first;
        count = 1;
    }
    ATTEMPT(REAL(writev)(fd, pieces, count));
    return leave_written(&call, fd, result, error, NULL, went_to(fd, result));
}

EXPORT ssize_t copy_file_range(int in, off64_t *from, int fd, off64_t *to, size_t length, unsigned flags)
{
    char path[PATH_MAX];
    if (!of_fd(fd, path))
        return REAL(copy_file_range)(in, from, fd, to, length, flags);
    struct call call = {"write", path, NULL, 0, 0};
    arrive(&call);
    length = allowed(&call, length);
    ATTEMPT(REAL(copy_file_range)(in, from, fd, to, length, flags));
    return leave_written(&call, fd, result, error, NULL, to ? *to - (result > 0 ? result : 0) : went_to(fd, result));
}

#define SENDFILE(NAME, OFFSET)                                          \
    EXPORT ssize_t NAME(int fd, int in, OFFSET *from, size_t length)    \
    {                                                                   \
        char path[PATH_MAX];                                            \
        if (!of_fd(fd, path))                                           \
            return REAL(NAME)(fd, in, from, length);                    \
        struct call call = {"write", path, NULL, 0, 0};                 \
        arrive(&call);                                                  \
        length = allowed(&call, length);                                \
        ATTEMPT(REAL(NAME)(fd, in, from, length));                      \
        return leave_written(&call, fd, result, error, NULL, went_to(fd, result)); \
    }

ssize_t sendfile(int fd, int in, off_t *from, size_t length);
ssize_t sendfile64(int fd, int in, off64_t *from, size_t length);
SENDFILE(sendfile, off_t)
SENDFILE(sendfile64, off64_t)
