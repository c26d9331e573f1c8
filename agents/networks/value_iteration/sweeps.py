"""The loops of value iteration by convolution: only values are convolved again, only maxima lead back.

Maps are flat and padded by one cell of zeros: cell (row, col) of `rows` x `cols` stands at (row + 1) * width + col + 1,
width = cols + 2. A 3 x 3 convolution is then nine shifted copies of one run of memory, which compiles to vector
instructions. Kernels [iteration action 9] with one iteration are tied: every iteration uses it.
"""

import numpy as np

from agents.networks.value_iteration.compiled import compiled


@compiled
def add_correlation(source, taps, width, out):
    """Add to out the 3 x 3 correlation of one padded map, border columns included (their sums mean nothing).

    With the taps the other way round, and zeros in the border columns, it leads derivatives back.
    """
    first = width + 1
    run = len(source) - 2 * first
    a, b, c = source[:run], source[1 : 1 + run], source[2 : 2 + run]
    d, e, f = source[width : width + run], source[width + 1 : width + 1 + run], source[width + 2 : width + 2 + run]
    low = 2 * width
    g, h, k = source[low : low + run], source[low + 1 : low + 1 + run], source[low + 2 : low + 2 + run]
    t0, t1, t2, t3, t4 = taps[0], taps[1], taps[2], taps[3], taps[4]
    t5, t6, t7, t8 = taps[5], taps[6], taps[7], taps[8]
    inside = out[first : first + run]
    for i in range(run):
        top = t0 * a[i] + t1 * b[i] + t2 * c[i]
        middle = t3 * d[i] + t4 * e[i] + t5 * f[i]
        inside[i] += top + middle + (t6 * g[i] + t7 * h[i] + t8 * k[i])


@compiled
def raise_to(value, taps, width, base, action, best, link):
    """Raise best, with its link, to base + 3 x 3 correlation of value where that is more; action 0 begins."""
    first = width + 1
    run = len(value) - 2 * first
    a, b, c = value[:run], value[1 : 1 + run], value[2 : 2 + run]
    d, e, f = value[width : width + run], value[width + 1 : width + 1 + run], value[width + 2 : width + 2 + run]
    low = 2 * width
    g, h, k = value[low : low + run], value[low + 1 : low + 1 + run], value[low + 2 : low + 2 + run]
    t0, t1, t2, t3, t4 = taps[0], taps[1], taps[2], taps[3], taps[4]
    t5, t6, t7, t8 = taps[5], taps[6], taps[7], taps[8]
    rest, top_value, top_link = base[first : first + run], best[first : first + run], link[first : first + run]
    if action == 0:
        for i in range(run):
            top = t0 * a[i] + t1 * b[i] + t2 * c[i]
            middle = t3 * d[i] + t4 * e[i] + t5 * f[i]
            top_value[i] = rest[i] + (top + middle + (t6 * g[i] + t7 * h[i] + t8 * k[i]))
            top_link[i] = 0
        return
    for i in range(run):
        top = t0 * a[i] + t1 * b[i] + t2 * c[i]
        middle = t3 * d[i] + t4 * e[i] + t5 * f[i]
        q = rest[i] + (top + middle + (t6 * g[i] + t7 * h[i] + t8 * k[i]))
        is_better = q > top_value[i]
        top_value[i] = q if is_better else top_value[i]
        top_link[i] = action if is_better else top_link[i]


@compiled
def clear_border(field, width):
    """Zeros where the padding is, left and right."""
    for begin in range(0, len(field), width):
        field[begin] = 0.0
        field[begin + width - 1] = 0.0


@compiled
def rewards(maps, filters, bias, width, out):
    """Write to out [map cell] bias + 3 x 3 correlation of maps [map channel cell] with filters [channel 9]."""
    first = width + 1
    for m in range(len(maps)):
        out[m] = 0.0
        out[m, first:-first] = bias
        for channel in range(len(filters)):
            add_correlation(maps[m, channel], filters[channel], width, out[m])
        clear_border(out[m], width)


@compiled
def advance(reward, reward_kernels, value_kernels, begin, width, values, links):
    """Iterations begin, begin + 1, ...: values[0] [map cell] is given; the rest and links [iteration map cell] come."""
    is_tied = len(reward_kernels) == 1
    actions, cells = reward_kernels.shape[1], reward.shape[1]
    base = np.zeros((actions, cells), reward.dtype)
    link = np.zeros(cells, np.int32)
    for m in range(len(reward)):
        if is_tied:
            for action in range(actions):
                base[action] = 0.0
                add_correlation(reward[m], reward_kernels[0, action], width, base[action])
        for j in range(len(links)):
            best = values[j + 1, m]
            value_kernel = value_kernels[max(begin + j - 1, 0) if len(value_kernels) > 1 else 0]
            for action in range(actions):
                if not is_tied:
                    base[action] = 0.0
                    add_correlation(reward[m], reward_kernels[begin + j, action], width, base[action])
                raise_to(values[j, m], value_kernel[action], width, base[action], action, best, link)
            clear_border(best, width)
            kept = links[j, m]
            for p in range(cells):
                kept[p] = link[p]


@compiled
def retreat(reward, reward_kernels, value_kernels, begin, width, values, links, flow, by_base, by_reward, by_value):
    """Back through the iterations of `advance`, last first: `flow` [map cell] is the loss's derivative by values.

    It is replaced by that of values[0]. Tied, derivatives by the reward's part of Q are summed in by_base
    [map action cell]; untied, they go on to by_reward [iteration action 9] and to by_base[:, 0], the reward's own.
    by_value [iteration action 9] belongs to value_kernels.
    """
    is_tied = len(reward_kernels) == 1
    share, before = np.zeros(reward.shape[1], reward.dtype), np.zeros(reward.shape[1], reward.dtype)
    for m in range(len(reward)):
        after = flow[m]
        after[:width], after[-width:] = 0.0, 0.0
        clear_border(after, width)
        for j in range(len(links) - 1, -1, -1):
            iteration, link = begin + j, links[j, m]
            which = max(iteration - 1, 0) if len(value_kernels) > 1 else 0
            if iteration > 0:
                count_links(values[j, m], after, link, width, by_value[which])
            if not is_tied:
                count_links(reward[m], after, link, width, by_reward[iteration])
            before[:] = 0.0
            for action in range(reward_kernels.shape[1]):
                if not select(after, link, action, share):
                    continue
                if is_tied:
                    add_to(by_base[m, action], share)
                else:
                    add_correlation(share, reward_kernels[iteration, action][::-1], width, by_base[m, 0])
                add_correlation(share, value_kernels[which, action][::-1], width, before)
            clear_border(before, width)
            after[:] = before


@compiled
def select(flow, link, action, out):
    """Write to out the flow where the link is `action`, else 0; returns whether there is any."""
    for p in range(len(flow)):
        out[p] = flow[p] if link[p] == action else 0.0
    return bool((link == action).any())


@compiled
def add_to(total, part):
    """Add part to total."""
    for p in range(len(part)):
        total[p] += part[p]


@compiled
def count_links(source, flow, link, width, by_taps):
    """Add to by_taps [action 9] each cell's flow times its surroundings, under the action that it hangs on."""
    first = width + 1
    run = len(source) - 2 * first
    for p in range(run):
        g = flow[first + p]
        if g != 0.0:
            taps = by_taps[link[first + p]]
            middle, low = p + width, p + 2 * width
            t0, t1, t2 = taps[0] + g * source[p], taps[1] + g * source[p + 1], taps[2] + g * source[p + 2]
            t3, t4 = taps[3] + g * source[middle], taps[4] + g * source[middle + 1]
            t5, t6 = taps[5] + g * source[middle + 2], taps[6] + g * source[low]
            t7, t8 = taps[7] + g * source[low + 1], taps[8] + g * source[low + 2]
            taps[0], taps[1], taps[2], taps[3], taps[4] = t0, t1, t2, t3, t4
            taps[5], taps[6], taps[7], taps[8] = t5, t6, t7, t8


@compiled
def spread(source, taps, p, g, width, by_source, by_taps):
    """Derivatives of g times the correlation at cell p, added to those by the source and by the taps."""
    t = 0
    for begin in (p - width - 1, p - 1, p + width - 1):
        for k in range(3):
            by_source[begin + k] += taps[t] * g
            by_taps[t] += source[begin + k] * g
            t += 1


@compiled
def gather(reward, value, reward_kernel, value_kernel, task_map, place, width, out):
    """Add to out [task action] Q at each task's place, from kernels [action 9]."""
    for task in range(len(task_map)):
        m, p = task_map[task], place[task]
        for action in range(len(reward_kernel)):
            for i in range(3):
                for k in range(3):
                    near = p + (i - 1) * width + k - 1
                    out[task, action] += reward_kernel[action, 3 * i + k] * reward[m, near]
                    out[task, action] += value_kernel[action, 3 * i + k] * value[m, near]


@compiled
def scatter(reward, value, reward_kernel, value_kernel, task_map, place, width, by_q, by_reward, by_value, by_kernels):
    """Derivatives of `gather`: by reward and value [map cell], and by both kernels [2 action 9]; all are added to."""
    for task in range(len(task_map)):
        m, p = task_map[task], place[task]
        for action in range(len(reward_kernel)):
            g = by_q[task, action]
            spread(reward[m], reward_kernel[action], p, g, width, by_reward[m], by_kernels[0, action])
            spread(value[m], value_kernel[action], p, g, width, by_value[m], by_kernels[1, action])


@compiled
def settle(reward_kernel, width, by_base, by_reward):
    """Add to by_reward [map cell] what by_base [map action cell], which tied iterations summed, says of it."""
    for m in range(len(by_base)):
        for action in range(len(reward_kernel)):
            add_correlation(by_base[m, action], reward_kernel[action][::-1], width, by_reward[m])


@compiled
def correlate(maps, by_reward, width, by_filters):
    """Derivatives of `rewards`: by the filters [channel 9]."""
    rows = by_reward.shape[1] // width - 2
    for m in range(len(maps)):
        for row in range(1, rows + 1):
            for p in range(row * width + 1, row * width + width - 1):
                g = by_reward[m, p]
                for channel in range(len(by_filters)):
                    for i in range(3):
                        for k in range(3):
                            by_filters[channel, 3 * i + k] += maps[m, channel, p + (i - 1) * width + k - 1] * g
