// A list of films as an Express backend answers it: from PostgreSQL, from its own memory, or from Redis.
"use strict";

const express = require("express");
const { Pool } = require("pg");
const { createClient } = require("redis");

const SECONDS = 3600;
const SQL = `
  SELECT film.id, title, original_title, year, release_date, runtime, certification, age_restriction, popularity,
    ratings_count, vote_average,
    (SELECT coalesce(json_agg(json_build_object('id', genre.id, 'name', genre.name)), '[]')
      FROM movies_movie_genres link JOIN movies_genre genre ON genre.id = link.genre_id
      WHERE link.movie_id = film.id) AS genres
  FROM movies_movie film WHERE owner_id IS NULL AND NOT withdrawn
  ORDER BY popularity DESC, film.id DESC LIMIT $1 OFFSET $2`;

const pool = new Pool(); // its address is in PGHOST and its like
const redis = createClient({ url: process.env.REDIS_URL });
const memory = new Map();
const app = express();

async function readFilms(query) {
  const limit = Math.min(Number(query.limit) || 20, 100);
  const page = Math.max(Number(query.page) || 1, 1);
  const [films, total] = await Promise.all([
    pool.query(SQL, [limit, (page - 1) * limit]),
    pool.query("SELECT count(*) FROM movies_movie WHERE owner_id IS NULL AND NOT withdrawn"),
  ]);
  return { page, total: Number(total.rows[0].count), results: films.rows };
}

app.get("/films", async (request, response) => {
  response.json(await readFilms(request.query));
});

app.get("/memory/films", async (request, response) => {
  const kept = memory.get(request.originalUrl);
  if (kept && kept.until > Date.now()) return response.json(kept.films);
  const films = await readFilms(request.query);
  memory.set(request.originalUrl, { films, until: Date.now() + SECONDS * 1000 });
  response.json(films);
});

app.get("/redis/films", async (request, response) => {
  const key = `express:${request.originalUrl}`;
  const kept = await redis.get(key);
  if (kept) return response.json(JSON.parse(kept));
  const films = await readFilms(request.query);
  await redis.set(key, JSON.stringify(films), { EX: SECONDS });
  response.json(films);
});

redis.connect().then(() => app.listen(Number(process.env.PORT), "127.0.0.1"));
