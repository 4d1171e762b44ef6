/* What the peers in C share: arguments, sockets, the loop. A library gives three functions. Arguments are "server" or
 * "client", a directory, "1.2" or "1.3". A server prints its port and answers what it reads from a client that it
 * takes. A client reads a port a line, says a line to the server behind it, and prints what came of it. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>


#define LINE "GET / HTTP/1.0\r\n\r\n"

static char own_file[4096], key_file[4096], roots_file[4096];

static void start(int server, int tls13);
/* Both leave the socket open, and say in a few words what came of it. */
static const char *answer(int socket);
static const char *call(int socket);

static int loopback(int port, struct sockaddr_in *address) {
    memset(address, 0, sizeof *address);
    address->sin_family = AF_INET;
    address->sin_port = htons((unsigned short)port);
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return socket(AF_INET, SOCK_STREAM, 0);
}

int main(int count, char **arguments) {
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    char line[32];
    if (count != 4)
        return 2;
    signal(SIGPIPE, SIG_IGN);
    snprintf(own_file, sizeof own_file, "%s/own.pem", arguments[2]);
    snprintf(key_file, sizeof key_file, "%s/own.key", arguments[2]);
    snprintf(roots_file, sizeof roots_file, "%s/roots.pem", arguments[2]);
    int server = strcmp(arguments[1], "server") == 0;
    start(server, strcmp(arguments[3], "1.3") == 0);
    if (server) {
        int listener = loopback(0, &address);
        if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 50) ||
            getsockname(listener, (struct sockaddr *)&address, &size))
            return 1;
        printf("%d\n", ntohs(address.sin_port));
        fflush(stdout);
        for (;;) {
            int accepted = accept(listener, NULL, NULL);
            if (accepted < 0)
                return 1;
            answer(accepted);
            close(accepted);
        }
    }
    while (fgets(line, sizeof line, stdin)) {
        int connected = loopback(atoi(line), &address);
        if (connect(connected, (struct sockaddr *)&address, size))
            return 1;
        printf("%s\n", call(connected));
        fflush(stdout);
        close(connected);
    }
    return 0;
}

static void must(int good, const char *what) {
    if (!good) {
        fprintf(stderr, "%s failed\n", what);
        exit(1);
    }
}
