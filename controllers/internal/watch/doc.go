// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package watch polls each Manager once for everybody: it lists what is there, and wakes the objects for which something
// changed. An idle object costs no request of its own, and one whose execution runs learns from the list how far it is.
//
// # Which lists are read how often
//
// A Watcher has a poller for each Manager that is open. It makes its lists one after the other, each by a schedule of its own,
// and backs off while the Manager does not answer:
//
//	unfinished executions   every 2 s while an object follows something, otherwise every 30 s; a quarter of a second after
//	                        something new is followed, then after twice the time up to those 2 s, unless more than a few
//	                        are followed; and within a second when an object awaits a list
//	unfinished uploads      after each list of executions, while an object follows an upload
//	deployments             every minute, and within a second when a controller asks for a list; the first with labels
//	tracked blueprints      every 5 minutes
//	all blueprints          as often as discovery wants, if it does
//	deployments and all     every 10 minutes, and a minute after a controller asks for it: the census of what carries
//	blueprints with labels  this cluster's label
//
// # What is held of each object
//
// All of a Manager is in one memory, behind one lock. Controllers speak to it through the methods of Watcher in controllers.go:
//
//   - Track says that an object stands for a deployment, Settle what its controller last saw there (a Fingerprint), Forget that
//     it let go. Look reads the deployment's row of the latest list, Namesakes finds those of earlier objects of its name.
//   - FollowExecution, FollowDeployment and FollowUpload say that an object waits for an end; Running and Ended read what runs
//     and what has ended. Await asks for a new list. FollowRun and Run are for the object that stands for an execution.
//   - TrackBlueprint, BlueprintPresent, BlueprintStands and ForgetBlueprint are the same for blueprints, which several objects
//     may share.
//
// Nothing of it decides after a restart: controllers say it all again, and what is not known is asked of the Manager.
//
// # Who is woken and why
//
// A wake-up carries no news: the object looks for itself. Everything is level-triggered: an object whose row differs from what
// its controller settled on is woken by every list until the two agree. Besides,
//
//   - a CloudifyDeployment is woken when an execution of its deployment appears, moves on or ends, when an end that it follows
//     has come, when the list that it awaits was made, by the first list that says otherwise of the Namesakes that hold it up,
//     and, at a low priority, by the first list that can answer a Look which had no answer;
//   - a CloudifyExecution when its execution moves on or ends;
//   - a CloudifyBlueprint when the upload that it follows is over, and when another object lets go of its blueprint;
//   - a CloudifyManager by a census, when its inventory is lost, and when what became of discovery is news; for discovery, by
//     each list that it wants.
//
// # What a change rests on
//
// Each thing that a controller says and each list that begins has a tick, a number that only grows: a list proves nothing against
// what was said after it began, or if it began before the connection was opened. Absence is only what a complete list says.
// A change at the Manager may rest on a list of executions that is Fresh: at most three seconds old, complete in one page, and
// begun after all that the object follows.
//
// If most known deployments of a Manager vanish between two lists, its inventory is lost: its CloudifyManager is woken, and no
// deployment by a list of deployments, until somebody accepts what is there.
//
// # Where things are
//
// controllers.go is what controllers say and ask; watcher.go opens and closes Managers; poller.go and schedule.go say when
// to list, lists.go asks and hands the answer to memory.go, which holds what executions.go, runs.go, deployments.go, blueprints.go,
// namesakes.go, census.go and discovery.go know; queue.go wakes. Each calls only what stands after it here.
package watch
