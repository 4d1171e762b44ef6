// A TLS server that demands a client certificate. Arguments: directory, "strict", "lax" or "asking", version "1.2" or
// "1.3". In "strict" the trust manager of the platform judges; "lax" checks nothing; "asking" takes a client without a
// certificate. Prints the port, then serves until it is killed.
import java.io.FileInputStream;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.SSLEngine;

public class Serve {
    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        String mode = arguments[1];
        char[] password = "password".toCharArray();
        KeyStore own = KeyStore.getInstance("PKCS12");
        try (InputStream file = new FileInputStream(directory.resolve("server.p12").toFile())) {
            own.load(file, password);
        }
        // That of PKIX would decrypt its key for each handshake.
        KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
        keys.init(own, password);
        KeyStore roots = KeyStore.getInstance("PKCS12");
        roots.load(null, null);
        try (InputStream file = new FileInputStream(directory.resolve("roots.pem").toFile())) {
            int number = 0;
            for (Certificate root : CertificateFactory.getInstance("X.509").generateCertificates(file)) {
                roots.setCertificateEntry("root" + number++, root);
            }
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(roots);
        TrustManager[] managers = mode.equals("lax") ? new TrustManager[] {new Lax()} : trust.getTrustManagers();
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), managers, null);
        SSLServerSocket listener = (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0);
        listener.setEnabledProtocols(new String[] {"TLSv" + arguments[2]});
        if (mode.equals("asking")) {
            listener.setWantClientAuth(true);
        } else {
            listener.setNeedClientAuth(true);
        }
        System.out.println(listener.getLocalPort());
        while (true) {
            try (Socket accepted = listener.accept()) {
                SSLSocket socket = (SSLSocket) accepted;
                socket.startHandshake();
                byte[] read = new byte[100];
                int count = socket.getInputStream().read(read);
                if (count > 0) {
                    socket.getOutputStream().write(read, 0, count);
                }
            } catch (java.io.IOException refused) {
                // The tests look at the wire, not at what this side thinks of it.
            }
        }
    }

    static final class Lax extends X509ExtendedTrustManager {
        public void checkClientTrusted(X509Certificate[] chain, String type) {}
        public void checkServerTrusted(X509Certificate[] chain, String type) {}
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
