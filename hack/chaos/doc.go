// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Command chaos uses the operator as people and platforms do while everything around it breaks, and then judges what is left.
//
// A seed makes a plan (plan.go): who does what and what breaks, when. The plan is carried out in a world of real processes
// (world.go): etcd, kube-apiserver, controllers of Kubernetes, and two replicas of bin/manager that elect a leader and run as
// the ServiceAccount with the roles of config/default. Cloudify Managers are simulated in this process, each behind a door
// (door.go) that loses, delays and refuses what passes.
//
// People come with kubectl's verbs (people.go, verbs.go), platforms with those of the Open Service Broker API (platform.go,
// osb.go), and keep account of what they were promised (account.go). The book (book.go) keeps what was done, asked, promised and seen. Some promises are judged the moment they could be broken: at the
// door (witness.go), in each state of each object (recorder.go) and in each answer to a platform (answers.go). When the plan
// is over all faults end, everything must come to rest (settle.go) while people do what the messages of stalled objects advise
// (tend.go), half of what is left is deleted and must go, and what is then there is judged as a whole (judge.go, pure).
//
// A promise is judged by what was seen, never by how long it took: what must happen may take as long as something still
// happens. A seed fixes what is done; how far the operator has come at each step is never the same twice.
package main
