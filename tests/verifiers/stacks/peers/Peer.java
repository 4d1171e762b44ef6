// A TLS peer of the JSSE. Arguments: "server" or "client", a directory, "1.2" or "1.3". A server demands a client
// certificate, prints its port and answers what it reads. A client reads a port a line, says a line to the server
// behind it, and prints what came of it.
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

public final class Peer {
    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[1]);
        String[] versions = {"TLSv" + arguments[2]};
        char[] password = "password".toCharArray();
        KeyStore own = KeyStore.getInstance("PKCS12");
        try (InputStream file = new FileInputStream(directory.resolve("own.p12").toFile())) {
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
        SSLContext context = SSLContext.getInstance("TLS");
        if (arguments[0].equals("server")) {
            context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
            serve(context, versions);
        }
        context.init(null, trust.getTrustManagers(), null);
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            System.out.println(call(context, versions, Integer.parseInt(line)).replaceAll("\\s+", " "));
        }
    }

    private static void serve(SSLContext context, String[] versions) throws IOException {
        SSLServerSocket listener = (SSLServerSocket)
                context.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        listener.setEnabledProtocols(versions);
        listener.setNeedClientAuth(true);
        System.out.println(listener.getLocalPort());
        while (true) {
            try (SSLSocket socket = (SSLSocket) listener.accept()) {
                socket.startHandshake();
                byte[] read = new byte[100];
                int count = socket.getInputStream().read(read);
                if (count > 0) {
                    socket.getOutputStream().write(read, 0, count);
                }
            } catch (IOException refused) {
                // The tests look at the wire, not at what this side thinks of it.
            }
        }
    }

    private static String call(SSLContext context, String[] versions, int port) {
        try (SSLSocket socket = (SSLSocket)
                context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
            socket.setEnabledProtocols(versions);
            socket.startHandshake();
            socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes("US-ASCII"));
            socket.getInputStream().read();
            return "closed";
        } catch (IOException error) {
            return String.valueOf(error.getMessage());
        }
    }
}
