/* What a fan-out does for each reader, without a step of the interpreter between two; see burst.py. Build: make native */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>
#include <structmember.h>
#include <sys/socket.h>

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

static void put(PyObject **slot, PyObject *value)
{
    PyObject *before = *slot;
    *slot = value;
    Py_DECREF(before);
}

/* One reader, into one of the three lists if the alert is to be given to it. */
static int sort_one(PyObject *reader, PyObject *seq, long long limit, PyObject *lists[3])
{
    if (check(reader) < 0)
        return -1;
    if (SLOT(reader, LIVE) != Py_True)
        return 0;
    long long had = PyLong_AsLongLong(SLOT(reader, CURSOR));
    if (had >= limit || (had == -1 && PyErr_Occurred()))
        return PyErr_Occurred() ? -1 : 0;
    put(&SLOT(reader, CURSOR), Py_NewRef(seq));
    if (SLOT(reader, SOCKET) == Py_None)
        return PyList_Append(lists[2], reader);
    long long delivered = PyLong_AsLongLong(SLOT(reader, DELIVERED));
    PyObject *more = delivered == -1 && PyErr_Occurred() ? NULL : PyLong_FromLongLong(delivered + 1);
    if (more == NULL)
        return -1;
    put(&SLOT(reader, DELIVERED), more);
    return PyList_Append(lists[SLOT(reader, DEFLATES) == Py_True], reader);
}

static PyObject *sift(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *readers, *seq;
    if (!PyArg_ParseTuple(args, "O!O!:sift", &PyList_Type, &readers, &PyLong_Type, &seq))
        return NULL;
    long long limit = PyLong_AsLongLong(seq);
    if (limit == -1 && PyErr_Occurred())
        return NULL;
    PyObject *lists[3] = {PyList_New(0), PyList_New(0), PyList_New(0)};
    int failed = lists[0] == NULL || lists[1] == NULL || lists[2] == NULL;
    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(readers); i++)
        failed = sort_one(PyList_GET_ITEM(readers, i), seq, limit, lists) < 0;
    if (!failed)
        return Py_BuildValue("NNN", lists[0], lists[1], lists[2]);
    for (int i = 0; i < 3; i++)
        Py_XDECREF(lists[i]);
    return NULL;
}

/* How much of the frame a reader's socket takes, 0 after an error; -1 with an exception set. */
static Py_ssize_t send_one(PyObject *reader, const char *frame, Py_ssize_t size)
{
    if (check(reader) < 0)
        return -1;
    long handle = PyLong_AsLong(SLOT(reader, HANDLE));
    if (handle == -1 && PyErr_Occurred())
        return -1;
    Py_ssize_t sent = send((int)handle, frame, (size_t)size, MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent < 0 ? 0 : sent;
}

static PyObject *send_all(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *readers;
    const char *frame;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(args, "O!y#:send", &PyList_Type, &readers, &frame, &size))
        return NULL;
    PyObject *short_of = PyList_New(0);
    for (Py_ssize_t i = 0; short_of != NULL && i < PyList_GET_SIZE(readers); i++) {
        PyObject *reader = PyList_GET_ITEM(readers, i);
        Py_ssize_t sent = send_one(reader, frame, size);
        if (sent == size)
            continue;
        PyObject *told = sent < 0 ? NULL : Py_BuildValue("On", reader, sent);
        if (told == NULL || PyList_Append(short_of, told) < 0)
            Py_CLEAR(short_of);
        Py_XDECREF(told);
    }
    return short_of;
}

static PyMethodDef methods[] = {
    {"sift", sift, METH_VARARGS, "sift(readers, seq): those to be given an alert: (plain, deflating, without a socket)"},
    {"send", send_all, METH_VARARGS, "send(readers, frame): [(reader, bytes taken)] of those that did not take it all"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "burst", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_burst(void)
{
    return PyModule_Create(&module);
}
