// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package process

import (
	"log"
	"log/slog"

	"github.com/go-logr/logr"
	"github.com/go-logr/zapr"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
)

// setLogger has everything logged alike: what client-go says by klog and net/http by the standard library's logger, too. The
// latter are mostly strangers and probes that leave in the middle of a handshake.
func setLogger(options zap.Options) {
	logger := zapr.NewLogger(zap.NewRaw(zap.UseFlagOptions(&options)))
	ctrl.SetLogger(logger.WithSink(quietProbes{logger.GetSink()}))
	klog.SetLoggerWithOptions(logger, klog.ContextualLogger(true))
	log.SetFlags(0)
	log.SetOutput(slog.NewLogLogger(logr.ToSlogHandler(logger.WithName("net").V(1)), slog.LevelInfo).Writer())
}

// quietProbes logs at level debug what controller-runtime says at level info each time that a probe asks: the kubelet has the answer.
type quietProbes struct{ logr.LogSink }

func (q quietProbes) WithName(name string) logr.LogSink {
	named := q.LogSink.WithName(name)
	if name == "healthz" {
		return lower{named}
	}
	return quietProbes{named}
}

func (q quietProbes) WithValues(keysAndValues ...any) logr.LogSink {
	return quietProbes{q.LogSink.WithValues(keysAndValues...)}
}

// lower logs one level lower.
type lower struct{ logr.LogSink }

func (l lower) Enabled(level int) bool { return l.LogSink.Enabled(level + 1) }

func (l lower) Info(level int, message string, keysAndValues ...any) {
	l.LogSink.Info(level+1, message, keysAndValues...)
}

func (l lower) WithName(name string) logr.LogSink { return lower{l.LogSink.WithName(name)} }

func (l lower) WithValues(keysAndValues ...any) logr.LogSink {
	return lower{l.LogSink.WithValues(keysAndValues...)}
}
