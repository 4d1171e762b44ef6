// Reads the listing of cases and prints what the default X509TrustManager of this Java answers in both roles.

import java.io.FileInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

public final class Verify {
    public static void main(String[] arguments) throws Exception {
        for (String line : Files.readAllLines(Path.of(arguments[0]))) {
            String[] fields = line.split("\t");
            for (String role : new String[] {"client", "server"}) {
                String said = "";
                try {
                    ask(fields, role);
                } catch (CertificateException error) {
                    Throwable cause = error;
                    while (cause.getCause() != null) {
                        cause = cause.getCause();
                    }
                    said = (cause.getClass().getSimpleName() + ": " + cause.getMessage()).replaceAll("\\s+", " ");
                }
                String outcome = said.isEmpty() ? "accept" : "refuse";
                System.out.println(fields[0] + "\t" + role + "\t" + outcome + "\t" + said);
            }
        }
    }

    private static void ask(String[] fields, String role) throws Exception {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        trusted.setCertificateEntry("root", read(fields[1]));
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(trusted);
        X509TrustManager manager = (X509TrustManager) factory.getTrustManagers()[0];
        X509Certificate[] chain = new X509Certificate[fields.length - 2];
        for (int index = 0; index < chain.length; index++) {
            chain[index] = read(fields[index + 2]);
        }
        String key = chain[0].getPublicKey().getAlgorithm();
        if (role.equals("client")) {
            manager.checkClientTrusted(chain, key);
        } else {
            // The key exchange of every modern handshake: the key of the certificate signs.
            manager.checkServerTrusted(chain, key.equals("RSA") ? "ECDHE_RSA" : "ECDHE_ECDSA");
        }
    }

    private static X509Certificate read(String file) throws Exception {
        try (InputStream in = new FileInputStream(file)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }
}
