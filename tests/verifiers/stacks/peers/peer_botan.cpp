/* A TLS peer of Botan 2, which has no TLS 1.3, see peer.h. Revocation is not asked for: there is nobody to ask. */
#include "peer.h"
#include <botan/auto_rng.h>
#include <botan/certstor.h>
#include <botan/credentials_manager.h>
#include <botan/data_src.h>
#include <botan/pkcs8.h>
#include <botan/tls_client.h>
#include <botan/tls_server.h>
#include <botan/tls_session_manager.h>

#include <memory>

using namespace Botan;

struct Demanding : TLS::Policy {
    bool require_client_certificate_authentication() const override { return true; }
    bool require_cert_revocation_info() const override { return false; }
};

struct Held : Credentials_Manager {
    Certificate_Store_In_Memory roots;
    std::vector<X509_Certificate> own;
    std::unique_ptr<Private_Key> key;

    std::vector<Certificate_Store *> trusted_certificate_authorities(const std::string &, const std::string &) override {
        return {&roots};
    }
    std::vector<X509_Certificate> cert_chain(const std::vector<std::string> &types, const std::string &type,
                                             const std::string &) override {
        bool fits = false;
        for (const auto &each : types)
            fits = fits || each == "ECDSA";
        return type == "tls-server" && fits ? own : std::vector<X509_Certificate>();
    }
    Private_Key *private_key_for(const X509_Certificate &, const std::string &, const std::string &) override {
        return key.get();
    }
};

struct Wire : TLS::Callbacks {
    int socket;
    bool read_something = false;
    std::string said = "closed";

    explicit Wire(int given) : socket(given) {}
    void tls_emit_data(const uint8_t data[], size_t size) override { must(write(socket, data, size) != 0, "write"); }
    void tls_record_received(uint64_t, const uint8_t[], size_t) override { read_something = true; }
    void tls_alert(TLS::Alert alert) override { said = alert.type_string(); }
    bool tls_session_established(const TLS::Session &) override { return false; }
};

static AutoSeeded_RNG random_numbers;
static TLS::Session_Manager_Noop sessions;
static Demanding policy;
static Held held;
static std::string said;

static std::vector<X509_Certificate> read_all(const char *file) {
    std::vector<X509_Certificate> found;
    DataSource_Stream source(file);
    while (!source.end_of_data()) {
        try {
            found.emplace_back(source);
        } catch (const Exception &) {
            break;
        }
    }
    return found;
}

static void start(int server, int tls13) {
    must(!tls13, "TLS 1.3");
    for (const auto &root : read_all(roots_file))
        held.roots.add_certificate(root);
    if (server) {
        held.own = read_all(own_file);
        DataSource_Stream source(key_file);
        held.key = PKCS8::load_key(source);
    }
}

static void speak(TLS::Channel &channel, Wire &wire, const std::string &line) {
    uint8_t buffer[4096];
    bool spoken = false;
    try {
        while (!channel.is_closed()) {
            ssize_t count = read(wire.socket, buffer, sizeof buffer);
            if (count <= 0)
                break;
            channel.received_data(buffer, static_cast<size_t>(count));
            if (channel.is_active() && !line.empty() && !spoken) {
                channel.send(line);
                spoken = true;
            }
            if (wire.read_something) {
                if (line.empty())
                    channel.send("taken");
                break;
            }
        }
        if (channel.is_active())
            channel.close();
        said = wire.said;
    } catch (const std::exception &error) {
        said = error.what();
    }
}

static const char *answer(int socket) {
    Wire wire(socket);
    TLS::Server server(wire, sessions, held, policy, random_numbers);
    speak(server, wire, "");
    return said.c_str();
}

static const char *call(int socket) {
    Wire wire(socket);
    TLS::Client client(wire, sessions, held, policy, random_numbers, TLS::Server_Information(),
                       TLS::Protocol_Version::TLS_V12);
    speak(client, wire, LINE);
    return said.c_str();
}
