// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"crypto/tls"
	"fmt"
	"path/filepath"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/certwatcher"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/connections"
)

// certificateTime is how far apart looks at the certificate are, where the system does not notify of changes to files.
const certificateTime = 5 * time.Second

// cipherSuites of TLS 1.2 are those that TLS 1.3 would still call sound: a key for each connection, and no CBC.
var cipherSuites = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
}

// tlsConfig is how the endpoint speaks TLS.
func tlsConfig(certificates *certwatcher.CertWatcher) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, CipherSuites: cipherSuites, NextProtos: []string{"http/1.1"},
		GetCertificate: certificates.GetCertificate, GetConfigForClient: connections.AwaitHandshake,
	}
}

// watchCertificates reads the certificate of a folder, and again whenever it changes, until the context ends.
func watchCertificates(ctx context.Context, folder string) (*certwatcher.CertWatcher, error) {
	certificates, err := certwatcher.New(filepath.Join(folder, "tls.crt"), filepath.Join(folder, "tls.key"))
	if err != nil {
		return nil, fmt.Errorf("read the certificate of the OSB endpoint: %w", err)
	}
	certificates = certificates.WithWatchInterval(certificateTime)
	go func() {
		if err := certificates.Start(ctx); err != nil && ctx.Err() == nil {
			log.FromContext(ctx).Error(err, "Stopped watching the certificate of the OSB endpoint")
		}
	}()
	return certificates, nil
}
