/* A TLS peer of wolfSSL, see peer.h. */
#include "peer.h"
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>

static WOLFSSL_CTX *context;
static char said[256];

static void start(int server, int tls13) {
    wolfSSL_Init();
    context = wolfSSL_CTX_new(server ? (tls13 ? wolfTLSv1_3_server_method() : wolfTLSv1_2_server_method())
                                     : (tls13 ? wolfTLSv1_3_client_method() : wolfTLSv1_2_client_method()));
    must(context != NULL, "context");
    /* One of the roots is an end entity that signs itself, which wolfSSL does not take for a CA. */
    wolfSSL_CTX_load_verify_locations_ex(context, roots_file, NULL, WOLFSSL_LOAD_FLAG_IGNORE_ERR);
    wolfSSL_CTX_set_verify(context, WOLFSSL_VERIFY_PEER | WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    if (server) {
        must(wolfSSL_CTX_use_certificate_chain_file(context, own_file) == WOLFSSL_SUCCESS, "certificate");
        must(wolfSSL_CTX_use_PrivateKey_file(context, key_file, WOLFSSL_FILETYPE_PEM) == WOLFSSL_SUCCESS, "key");
    }
}

static const char *speak(int socket, int server) {
    char read[100];
    WOLFSSL *secured = wolfSSL_new(context);
    wolfSSL_set_fd(secured, socket);
    strcpy(said, "closed");
    if ((server ? wolfSSL_accept(secured) : wolfSSL_connect(secured)) != WOLFSSL_SUCCESS) {
        wolfSSL_ERR_error_string((unsigned long)wolfSSL_get_error(secured, 0), said);
    } else if (server) {
        int count = wolfSSL_read(secured, read, sizeof read);
        if (count > 0)
            wolfSSL_write(secured, read, count);
        wolfSSL_shutdown(secured);
    } else {
        wolfSSL_write(secured, LINE, sizeof LINE - 1);
        wolfSSL_read(secured, read, sizeof read);
    }
    wolfSSL_free(secured);
    return said;
}

static const char *answer(int socket) { return speak(socket, 1); }
static const char *call(int socket) { return speak(socket, 0); }
