// A TLS 1.2 server of this Java that demands client certificates: prints its port, then shakes hands for ever.

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

public final class Serve {
    public static void main(String[] arguments) throws Exception {
        char[] password = "password".toCharArray();
        KeyStore own = KeyStore.getInstance("PKCS12");
        try (InputStream in = new FileInputStream(arguments[0])) {
            own.load(in, password);
        }
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        try (InputStream in = new FileInputStream(arguments[1])) {
            trusted.setCertificateEntry(
                    "root", java.security.cert.CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        // That of PKIX would decrypt its key for each handshake.
        KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
        keys.init(own, password);
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLSv1.2");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        SSLServerSocket server = (SSLServerSocket)
                context.getServerSocketFactory().createServerSocket(0, 5, java.net.InetAddress.getLoopbackAddress());
        server.setNeedClientAuth(true);
        System.out.println(server.getLocalPort());
        while (true) {
            try (SSLSocket socket = (SSLSocket) server.accept()) {
                socket.startHandshake();
            } catch (IOException refused) {
                // The alert is what counts, and the client sees it.
            }
        }
    }
}
