// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package references

import (
	"context"
	"maps"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Interval is how often a missing Secret or ConfigMap is looked for: they are read, not watched.
const Interval = 15 * time.Second

// Read reads the data of one Secret or ConfigMap as text, and what tells its states apart.
func Read(ctx context.Context, reader client.Reader, kind string, key types.NamespacedName) (data map[string]string, version string, err error) {
	data = map[string]string{}
	if kind == "Secret" {
		var secret corev1.Secret
		err = reader.Get(ctx, key, &secret)
		for k, v := range secret.Data {
			data[k] = string(v)
		}
		return data, Version(&secret), err
	}
	var config corev1.ConfigMap
	err = reader.Get(ctx, key, &config)
	for k, v := range config.BinaryData {
		data[k] = string(v)
	}
	maps.Copy(data, config.Data)
	return data, Version(&config), err
}
