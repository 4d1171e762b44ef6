/* A TLS peer of Mbed TLS 2.28, which has no TLS 1.3, see peer.h. */
#include "peer.h"
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>

static mbedtls_ssl_config config;
static mbedtls_x509_crt own, roots;
static mbedtls_pk_context key;
static mbedtls_entropy_context entropy;
static mbedtls_ctr_drbg_context random_numbers;
static char said[256];

static void start(int server, int tls13) {
    must(!tls13, "TLS 1.3");
    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&random_numbers);
    must(!mbedtls_ctr_drbg_seed(&random_numbers, mbedtls_entropy_func, &entropy, NULL, 0), "random numbers");
    mbedtls_ssl_config_init(&config);
    must(!mbedtls_ssl_config_defaults(&config, server ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT,
                                      MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT), "defaults");
    mbedtls_ssl_conf_rng(&config, mbedtls_ctr_drbg_random, &random_numbers);
    mbedtls_x509_crt_init(&roots);
    must(mbedtls_x509_crt_parse_file(&roots, roots_file) >= 0, "roots");
    mbedtls_ssl_conf_ca_chain(&config, &roots, NULL);
    mbedtls_ssl_conf_authmode(&config, MBEDTLS_SSL_VERIFY_REQUIRED);
    if (server) {
        mbedtls_x509_crt_init(&own);
        mbedtls_pk_init(&key);
        must(!mbedtls_x509_crt_parse_file(&own, own_file), "certificate");
        must(!mbedtls_pk_parse_keyfile(&key, key_file, NULL), "key");
        must(!mbedtls_ssl_conf_own_cert(&config, &own, &key), "own certificate");
    }
}

static const char *speak(int socket, int server) {
    unsigned char read[100];
    mbedtls_ssl_context secured;
    mbedtls_net_context wire = {socket};
    mbedtls_ssl_init(&secured);
    must(!mbedtls_ssl_setup(&secured, &config), "setup");
    mbedtls_ssl_set_bio(&secured, &wire, mbedtls_net_send, mbedtls_net_recv, NULL);
    strcpy(said, "closed");
    int result = mbedtls_ssl_handshake(&secured);
    if (result) {
        mbedtls_strerror(result, said, sizeof said);
    } else if (server) {
        int count = mbedtls_ssl_read(&secured, read, sizeof read);
        if (count > 0)
            mbedtls_ssl_write(&secured, read, (size_t)count);
        mbedtls_ssl_close_notify(&secured);
    } else {
        mbedtls_ssl_write(&secured, (const unsigned char *)LINE, sizeof LINE - 1);
        mbedtls_ssl_read(&secured, read, sizeof read);
    }
    mbedtls_ssl_free(&secured);
    return said;
}

static const char *answer(int socket) { return speak(socket, 1); }
static const char *call(int socket) { return speak(socket, 0); }
