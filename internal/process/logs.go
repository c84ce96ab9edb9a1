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
	ctrl.SetLogger(logger.WithSink(quiet{logger.GetSink()}))
	klog.SetLoggerWithOptions(logger, klog.ContextualLogger(true))
	log.SetFlags(0)
	log.SetOutput(slog.NewLogLogger(logr.ToSlogHandler(logger.WithName("net").V(1)), slog.LevelInfo).Writer())
}

// quiet logs at level debug what controller-runtime says louder and is no news: at level info each time that a probe asks, for the
// kubelet has the answer; and at level error the end of its leader election, with which each process ends that takes part in one. Run
// returns why leadership was lost where that is why the process ends.
type quiet struct{ logr.LogSink }

// The error of an elector that ended has no type and no name, so these are its words. controller-runtime ends it last of all, and
// takes whatever comes by then for trouble.
const (
	afterTheEnd  = "error received after stop sequence was engaged"
	electionOver = "leader election lost"
)

func (q quiet) Error(err error, message string, keysAndValues ...any) {
	if message != afterTheEnd || err == nil || err.Error() != electionOver {
		q.LogSink.Error(err, message, keysAndValues...)
		return
	}
	if debug := 1; q.Enabled(debug) {
		q.Info(debug, "The leader election has ended", keysAndValues...)
	}
}

func (q quiet) WithName(name string) logr.LogSink {
	named := q.LogSink.WithName(name)
	if name == "healthz" {
		return lower{named}
	}
	return quiet{named}
}

func (q quiet) WithValues(keysAndValues ...any) logr.LogSink {
	return quiet{q.LogSink.WithValues(keysAndValues...)}
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
