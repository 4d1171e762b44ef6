// Named here, since what crypto/x509 does by default depends on the release that a module asks for.
module peer

go 1.27
