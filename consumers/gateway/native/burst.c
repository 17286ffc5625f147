/* One frame to many readers without a step of the interpreter between two; see burst.py. Build: make native */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>
#include <structmember.h>
#include <sys/socket.h>
#include <time.h>

#define LOOK 8 /* readers served before the clock is asked */
#define FEW 32 /* readers that need more than a send, after which the caller is to see to them */

/* The slots of `Reader`, where the class that has them keeps each. */
enum { LIVE, CURSOR, SOCKET, HANDLE, DEFLATES, DELIVERED, SLOTS };
static const char *const NAMES[SLOTS] = {"live", "cursor", "socket", "handle", "deflates", "delivered"};
static PyTypeObject *owner;
static Py_ssize_t offsets[SLOTS];

#define SLOT(reader, name) (*(PyObject **)((char *)(reader) + offsets[name]))

/* Finds the slots of a reader's class; they lie at the same places in whatever inherits from who has them all. */
static int learn(PyObject *reader)
{
    Py_ssize_t found[SLOTS];
    PyTypeObject *whose = NULL;
    for (int i = 0; i < SLOTS; i++) {
        PyObject *slot = PyObject_GetAttrString((PyObject *)Py_TYPE(reader), NAMES[i]);
        if (slot == NULL)
            return -1;
        int usable = Py_IS_TYPE(slot, &PyMemberDescr_Type) && (whose == NULL || whose == PyDescr_TYPE(slot));
        if (usable) {
            whose = PyDescr_TYPE(slot);
            found[i] = ((PyMemberDescrObject *)slot)->d_member->offset;
        }
        Py_DECREF(slot);
        if (!usable) {
            PyErr_Format(PyExc_TypeError, "%s.%s is no slot beside the others", Py_TYPE(reader)->tp_name, NAMES[i]);
            return -1;
        }
    }
    memcpy(offsets, found, sizeof(found));
    Py_XSETREF(owner, (PyTypeObject *)Py_NewRef((PyObject *)whose));
    return 0;
}

/* 0 if all slots of a reader can be used. */
static int check(PyObject *reader)
{
    if ((owner == NULL || !PyObject_TypeCheck(reader, owner)) && learn(reader) < 0)
        return -1;
    for (int i = 0; i < SLOTS; i++) {
        if (SLOT(reader, i) == NULL) {
            PyErr_SetString(PyExc_AttributeError, NAMES[i]);
            return -1;
        }
    }
    return 0;
}

/* One fan-out: the alert, and what is told of its readers. */
struct fanout {
    PyObject *seq;
    long long number;
    PyObject *plain, *deflate, *deflated; /* what gives the compressed frame, and that frame as soon as it is needed */
    Py_ssize_t written;
    PyObject *short_of, *others;
};

enum { FAILED = -1, SERVED };

static void put(PyObject **slot, PyObject *value)
{
    PyObject *before = *slot;
    *slot = value;
    Py_DECREF(before);
}

/* Writes a frame to a reader's socket. What is not taken, or an error, is told to the caller. */
static int write_to(PyObject *reader, PyObject *frame, struct fanout *alert)
{
    if (frame == NULL)
        return FAILED;
    long handle = PyLong_AsLong(SLOT(reader, HANDLE));
    long long delivered = PyLong_AsLongLong(SLOT(reader, DELIVERED));
    if (PyErr_Occurred())
        return FAILED;
    PyObject *more = PyLong_FromLongLong(delivered + 1);
    if (more == NULL)
        return FAILED;
    put(&SLOT(reader, DELIVERED), more);
    put(&SLOT(reader, CURSOR), Py_NewRef(alert->seq));
    alert->written++;
    Py_ssize_t size = PyBytes_GET_SIZE(frame);
    Py_ssize_t sent = send((int)handle, PyBytes_AS_STRING(frame), (size_t)size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent == size)
        return SERVED;
    PyObject *told = Py_BuildValue("On", reader, sent < 0 ? (Py_ssize_t)0 : sent);
    int failed = told == NULL || PyList_Append(alert->short_of, told) < 0;
    Py_XDECREF(told);
    return failed ? FAILED : SERVED;
}

/* The compressed frame, asked for once. */
static PyObject *deflated(struct fanout *alert)
{
    if (alert->deflated == NULL)
        alert->deflated = PyObject_CallNoArgs(alert->deflate);
    if (alert->deflated != NULL && !PyBytes_Check(alert->deflated)) {
        PyErr_SetString(PyExc_TypeError, "the compressed frame is no bytes");
        return NULL;
    }
    return alert->deflated;
}

/* One reader, if the alert is to be given to it. */
static int serve(PyObject *reader, struct fanout *alert)
{
    if (check(reader) < 0)
        return FAILED;
    if (SLOT(reader, LIVE) != Py_True)
        return SERVED;
    long long had = PyLong_AsLongLong(SLOT(reader, CURSOR));
    if (had == -1 && PyErr_Occurred())
        return FAILED;
    if (had >= alert->number)
        return SERVED;
    if (SLOT(reader, SOCKET) == Py_None) {
        put(&SLOT(reader, CURSOR), Py_NewRef(alert->seq));
        return PyList_Append(alert->others, reader) < 0 ? FAILED : SERVED;
    }
    return write_to(reader, SLOT(reader, DEFLATES) == Py_True ? deflated(alert) : alert->plain, alert);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Has what will be looked at of a reader brought near; each lies elsewhere, and writes to sockets fill the caches. */
static void bring(PyObject *reader)
{
    __builtin_prefetch(reader);
    for (int i = 0; i < SLOTS; i++)
        __builtin_prefetch(&SLOT(reader, i), 1);
}

static void bring_more(PyObject *reader)
{
    if (owner != NULL && PyObject_TypeCheck(reader, owner)) {
        __builtin_prefetch(SLOT(reader, HANDLE));
        __builtin_prefetch(SLOT(reader, DELIVERED));
    }
}

/* Serves readers from `at` on; answers who is next, -1 with an exception set. */
static Py_ssize_t serve_all(PyObject *readers, Py_ssize_t at, double seconds, struct fanout *alert)
{
    double until = now() + seconds;
    Py_ssize_t step = seconds > 0 ? LOOK : 1, count = PySequence_Fast_GET_SIZE(readers);
    for (Py_ssize_t place = at; place < count; place++) {
        int due = place > at && (place - at) % step == 0;
        if (due && (now() >= until || PyList_GET_SIZE(alert->short_of) + PyList_GET_SIZE(alert->others) >= FEW))
            return place;
        if (place + 2 < count)
            bring(PySequence_Fast_GET_ITEM(readers, place + 2));
        if (place + 1 < count)
            bring_more(PySequence_Fast_GET_ITEM(readers, place + 1));
        if (serve(PySequence_Fast_GET_ITEM(readers, place), alert) == FAILED)
            return -1;
    }
    return count;
}

static PyObject *give(PyObject *self, PyObject *args)
{
    (void)self;
    struct fanout alert = {0};
    PyObject *given, *readers = NULL, *answer = NULL;
    Py_ssize_t at;
    double seconds;
    if (!PyArg_ParseTuple(args, "OnO!O!Od:give", &given, &at, &PyLong_Type, &alert.seq, &PyBytes_Type, &alert.plain,
                          &alert.deflate, &seconds))
        return NULL;
    alert.number = PyLong_AsLongLong(alert.seq);
    alert.short_of = PyList_New(0);
    alert.others = PyList_New(0);
    if (at < 0)
        PyErr_SetString(PyExc_ValueError, "at is below 0");
    else if (!PyErr_Occurred())
        readers = PySequence_Fast(given, "readers are no sequence");
    if (readers != NULL && (at = serve_all(readers, at, seconds, &alert)) >= 0)
        answer = Py_BuildValue("nnOO", at, alert.written, alert.short_of, alert.others);
    Py_XDECREF(readers);
    Py_XDECREF(alert.short_of);
    Py_XDECREF(alert.others);
    Py_XDECREF(alert.deflated);
    return answer;
}

static PyMethodDef methods[] = {
    {"give", give, METH_VARARGS, "give(readers, at, seq, plain, deflate, seconds): see burst.py"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "burst", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_burst(void)
{
    return PyModule_Create(&module);
}
