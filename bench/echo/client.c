/*
 * The client of the echo bench: a few connections, each sending a message, waiting for all of it
 * to come back, and sending it again, until the time is over. It prints how many came back in how
 * many nanoseconds.
 *
 *   client PORT SIZE CONNECTIONS MILLISECONDS plain|tls|starttls
 *
 * Over STARTTLS it sends the line "STARTTLS", reads one line, and shakes hands. With -DWITH_TLS it
 * is linked with OpenSSL; certificates are not verified, for the server is what is measured.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#ifdef WITH_TLS
#include <openssl/ssl.h>
#endif

enum { MOST = 64, CHUNK = 1 << 18 };

struct connection {
    int fd;
    size_t sent, received;
#ifdef WITH_TLS
    SSL *ssl;
#endif
};

static char *message, inbox[CHUNK];
static size_t size;
static long long done;
static int over;

static long long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void fail(const char *what) {
    fprintf(stderr, "%s: %s\n", what, errno ? strerror(errno) : "the server ended the connection");
    exit(1);
}

/* How many bytes went or came; 0 where the connection must be waited for. */
static size_t moved(struct connection *c, ssize_t n, const char *what) {
    if (n > 0) return (size_t)n;
#ifdef WITH_TLS
    if (c->ssl) {
        int error = SSL_get_error(c->ssl, (int)n);
        if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return 0;
        fail(what);
    }
#endif
    (void)c;
    if (n < 0 && errno == EAGAIN) return 0;
    if (n == 0) errno = 0;
    fail(what);
    return 0;
}

static size_t put(struct connection *c) {
    const char *from = message + c->sent;
    size_t left = size - c->sent;
#ifdef WITH_TLS
    if (c->ssl) return moved(c, SSL_write(c->ssl, from, (int)left), "write");
#endif
    return moved(c, write(c->fd, from, left), "write");
}

static size_t get(struct connection *c) {
#ifdef WITH_TLS
    if (c->ssl) return moved(c, SSL_read(c->ssl, inbox, CHUNK), "read");
#endif
    return moved(c, read(c->fd, inbox, CHUNK), "read");
}

/* Goes on until nothing moves any more; epoll tells edges only. */
static void step(struct connection *c) {
    for (;;) {
        if (over && c->sent == 0) return;
        size_t out = c->sent < size ? put(c) : 0;
        c->sent += out;
        size_t in = get(c);
        c->received += in;
        if (c->received == size) {
            done++;
            c->sent = c->received = 0;
        } else if (in == 0 && out == 0) {
            return;
        }
    }
}

#ifdef WITH_TLS
static SSL *shake_hands(int fd) {
    static SSL_CTX *context;
    if (!context) context = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(context);
    SSL_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_set_fd(ssl, fd);
    SSL_set_tlsext_host_name(ssl, "localhost");
    if (SSL_connect(ssl) != 1) fail("TLS handshake");
    return ssl;
}
#endif

static void open_connection(struct connection *c, int port, const char *mode) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int one = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(c->fd, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (strcmp(mode, "starttls") == 0) {
        char answer = 0;
        if (write(c->fd, "STARTTLS\r\n", 10) != 10) fail("STARTTLS");
        while (answer != '\n') if (read(c->fd, &answer, 1) != 1) fail("STARTTLS");
    }
#ifdef WITH_TLS
    if (strcmp(mode, "plain") != 0) c->ssl = shake_hands(c->fd);
#endif
    fcntl(c->fd, F_SETFL, fcntl(c->fd, F_GETFL) | O_NONBLOCK);
}

int main(int argc, char **argv) {
    static struct connection all[MOST];
    struct epoll_event events[MOST];
    if (argc != 6) return 2;
    int count = atoi(argv[3]), poll = epoll_create1(0);
    size = (size_t)atol(argv[2]);
    if (count < 1 || count > MOST) return 2;
    message = malloc(size);
    memset(message, 'x', size);
    message[size - 1] = '\n';

    for (int i = 0; i < count; i++) open_connection(&all[i], atoi(argv[1]), argv[5]);
    for (int i = 0; i < count; i++) {
        struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = &all[i]};
        epoll_ctl(poll, EPOLL_CTL_ADD, all[i].fd, &event);
    }

    long long start = now(), end = start + atoll(argv[4]) * 1000000LL, at = start, last = start;
    long long counted = 0;
    for (int open = count; open > 0;) {
        int ready = epoll_wait(poll, events, MOST, 1000);
        if (ready < 0) fail("epoll_wait");
        long long before = done;
        for (int i = 0; i < ready; i++) step(events[i].data.ptr);
        at = now();
        if (at < end) counted = done;
        else if (!over) over = 1, end = at, counted = done;
        /* What is under way comes back first, so that no server sees a broken connection. */
        if (over) for (open = 0, ready = 0; ready < count; ready++) open += all[ready].sent > 0;
        if (done > before) last = at;
        else if (at - last > 5000000000LL) {
            fprintf(stderr, "Nothing came back for 5 seconds\n");
            return 1;
        }
    }
    printf("{\"count\":%lld,\"nanoseconds\":%lld}\n", counted, end - start);
    for (int i = 0; i < count; i++) {
#ifdef WITH_TLS
        if (all[i].ssl) SSL_shutdown(all[i].ssl);
#endif
        close(all[i].fd);
    }
    return 0;
}
